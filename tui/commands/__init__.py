"""Commands without a screen, one module each; `registry.py` lists them."""
