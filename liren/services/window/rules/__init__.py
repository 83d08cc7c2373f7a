"""Decisions of the window as pure functions."""
