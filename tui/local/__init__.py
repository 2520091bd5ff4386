"""Files on this machine: settings, state and drafts, written atomically."""
