"""Reads of the desk: what waits, and what is found."""
