"""CDXJ lines, look-up and the revisit index."""
