"""The records of the dataset: one field table, JSON Lines, cards, export, loading."""
