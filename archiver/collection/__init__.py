"""A collection folder on disk: its layout, its lock, its manifest. It *is* the inside of a WACZ (DESIGN §3)."""
