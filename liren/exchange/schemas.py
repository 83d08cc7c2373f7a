"""What the API takes and gives of sources."""

from datetime import datetime
from typing import Annotated, Any, Literal

import ninja
from pydantic import ConfigDict, Field

from liren.base.api import Id
from liren.exchange.enums import BatchState, FeedKind, RunState, Target
from liren.exchange.models import Feed, FeedRun
from liren.exchange.rules.sources import place_of
from liren.registry.enums import Source

Text = Annotated[str, Field(max_length=200)]
Head = Annotated[str, Field(min_length=1, max_length=100)]


class _Strict(ninja.Schema):
    model_config = ConfigDict(extra="forbid")


class SourceDatabaseIn(_Strict):
    """A database that is read: a table, or one SELECT."""

    dialect: Literal["postgresql", "mysql", "sqlite"] = "postgresql"
    host: Text = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    database: Text
    user: Text = ""
    password: Annotated[str, Field(max_length=200)] = ""
    table: Text = ""
    query: Annotated[str, Field(max_length=10_000)] = ""


class SourceApiIn(_Strict):
    """An HTTP API that answers with rows in JSON."""

    address: Annotated[str, Field(max_length=1000)]
    headers: Annotated[dict[Head, Annotated[str, Field(max_length=2000)]], Field(max_length=20)] = {}
    rows: Annotated[str, Field(max_length=100)] = ""
    style: Literal["none", "page", "offset", "cursor", "next"] = "none"
    parameter: Annotated[str, Field(max_length=60)] = ""
    first: Annotated[int, Field(ge=0, le=1)] | None = None
    size_parameter: Annotated[str, Field(max_length=60)] = ""
    size: Annotated[int, Field(ge=0, le=10_000)] = 0
    path: Annotated[str, Field(max_length=100)] = ""


class SourceIn(_Strict):
    """A source to set up; with ``columns`` (column → what it means) it can be read at once. ``key`` tells its rows apart."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    database: SourceDatabaseIn | None = None
    api: SourceApiIn | None = None
    authority: Annotated[str, Field(max_length=64)] = ""
    source: Source = Source.SHARED
    columns: Annotated[dict[Head, Target], Field(max_length=256)] = {}
    key: Annotated[str, Field(max_length=100)] = ""

    @property
    def settings(self) -> tuple[FeedKind, dict[str, Any], dict[str, Any]]:
        """Return the kind, where rows come from, and the secret."""
        if self.database is not None:
            given = self.database.model_dump()
            password = given.pop("password")
            return FeedKind.DATABASE, given, {"password": password} if password else {}
        assert self.api is not None
        given = self.api.model_dump()
        headers = given.pop("headers")
        if given["first"] is None:  # page numbers begin with 1, offsets with 0
            given["first"] = int(given["style"] == "page")
        return FeedKind.API, given, {"headers": headers} if headers else {}


class SourceRunOut(ninja.Schema):
    """One reading of a source: what was found there, and the import that its changes became."""

    id: Id
    source: Id
    state: RunState
    scheduled: bool
    began_at: datetime
    ended_at: datetime | None
    rows: int
    new: int
    changed: int
    unchanged: int
    gone: int
    problem: str
    batch: Id | None
    batch_state: BatchState | None

    @classmethod
    def of(cls, run: FeedRun) -> "SourceRunOut":
        """Describe a run."""
        batch = run.batch
        return cls(
            id=run.pk, source=run.feed_id, state=RunState(run.state), scheduled=run.is_scheduled, began_at=run.began_at, ended_at=run.ended_at,
            rows=run.rows, new=run.fresh, changed=run.changed, unchanged=run.unchanged, gone=run.gone, problem=run.problem,
            batch=batch.pk if batch else None, batch_state=BatchState(batch.state) if batch else None,
        )  # fmt: skip


class SourceOut(ninja.Schema):
    """A source, without any secret."""

    id: Id
    name: str
    kind: FeedKind
    place: str
    authority: str
    keeper: str
    columns: dict[str, str]
    key: str
    every: str
    paused: bool
    trusted: bool
    failures: int
    next_at: datetime | None

    @classmethod
    def of(cls, feed: Feed) -> "SourceOut":
        """Describe a source."""
        return cls(
            id=feed.pk, name=feed.name, kind=FeedKind(feed.kind), place=place_of(feed.kind, feed.settings), authority=feed.authority, keeper=feed.keeper,
            columns=dict(feed.mapping.columns) if feed.mapping else {}, key=feed.key, every=feed.every, paused=feed.is_paused, trusted=feed.is_trusted,
            failures=feed.failures, next_at=feed.next_at,
        )  # fmt: skip


class SourcesOut(ninja.Schema):
    """The sources in reach."""

    items: list[SourceOut]
