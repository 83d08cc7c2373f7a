"""Rows of other systems: a table or query of a database that is only read, or the pages of an HTTP API that answers in JSON.

A child process reads them under limits of time, memory and size, so that a slow, endless or spoiled answer ends there. It
connects only to addresses that the operator lets it reach, and to the very address that was checked.
"""

from liren.base.remote.reading import Limits, Remote, read
from liren.base.remote.specs import Api, Database, Paging, PagingStyle

__all__ = ["Api", "Database", "Limits", "Paging", "PagingStyle", "Remote", "read"]
