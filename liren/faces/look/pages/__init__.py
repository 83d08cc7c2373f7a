"""Doors of the look: the switches, the style guide, the error pages."""
