"""A database backend whose flush leaves reference data alone."""
