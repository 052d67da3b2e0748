"""A collection opened in a browser: our own reading room, beside pywb, which shows the originals on an origin of its own."""
