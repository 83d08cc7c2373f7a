"""Gives every test the fixtures of ``liren.testing``."""

pytest_plugins = [f"liren.testing.{name}" for name in ("plugin", "cast", "browser", "installation", "visitors")]
