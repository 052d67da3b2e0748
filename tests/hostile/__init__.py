"""Servers and names that mean harm."""
