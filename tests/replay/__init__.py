"""Collections opened in a browser."""
