"""Full-screen tools that show more than the open conversation; all are read-only."""
