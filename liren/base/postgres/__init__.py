"""The embedded PostgreSQL: find its binaries, start it on our own data folder, recover it, stop it; no Django."""

from liren.base.postgres.binaries import ClusterError
from liren.base.postgres.cluster import SAFE_SETTINGS, TEST_SETTINGS, Cluster
from liren.base.postgres.roles import furnish, make_database, make_roles

__all__ = ["SAFE_SETTINGS", "TEST_SETTINGS", "Cluster", "ClusterError", "furnish", "make_database", "make_roles"]
