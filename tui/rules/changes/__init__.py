"""What changes a server: the consequences to show before, and how the outcome is decided and put into words."""
