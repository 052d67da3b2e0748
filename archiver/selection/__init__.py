"""A smaller collection out of a larger one, record for record: what belongs to a choice of articles, and an id to cite it by."""
