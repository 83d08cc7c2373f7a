"""Reads of the division tree: the shipped file, the tables, the search."""
