"""What pages need to be shown: found, fetched, and shown again."""
