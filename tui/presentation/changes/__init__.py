"""What is said about a change of the server: its consequences before it is confirmed, and its outcome after it."""
