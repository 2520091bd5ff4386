"""What the app does, step by step, without a screen of its own: each flow names what it uses and what it shows."""
