"""What changes a server: saving, creating, forking, removing, recompiling, archiving, undoing."""
