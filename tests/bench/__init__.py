"""Benchmarks: what a person sees of the program, in a terminal, beside the least that it could cost."""
