"""Datasets made again from WARC files."""
