"""How decisions are presented: items, rows, states in words, times, diffs; the same for screen, table and file."""
