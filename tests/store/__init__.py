"""A collection through crashes, full disks and many days."""
