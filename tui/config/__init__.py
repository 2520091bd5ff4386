"""What the user configures: settings and where each comes from, profiles, keys, credentials."""
