"""One widget per module, named by what the user sees."""
