"""Reads of the window: what stands on its papers."""
