"""How what was decided is said: items, rows, states in words, times, diffs; the same for screen, table and file."""
