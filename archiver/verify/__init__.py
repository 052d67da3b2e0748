"""Proves a collection: records, digests, index, rows and records both ways, texts. Reads only, whatever the files hold."""
