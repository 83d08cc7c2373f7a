"""Reads of the look: what both frames need to know."""
