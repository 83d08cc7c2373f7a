"""Decisions about what comes in, as pure functions: what a sheet looks like, what a cell says, what becomes of a row."""
