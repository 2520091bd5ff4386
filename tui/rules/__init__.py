"""Decisions of the program: pure, they read and send nothing."""
