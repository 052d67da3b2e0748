"""Datasets made from WARC files, with no network: repair after a crash, rebuild, re-extraction."""
