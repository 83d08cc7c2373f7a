"""Gives every test the fixtures of ``liren.testing``."""

pytest_plugins = ["liren.testing.plugin", "liren.testing.cast", "liren.testing.browser"]
