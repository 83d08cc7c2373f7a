"""Shapes of the policy library in the API; the JSON Schemas of the kinds of items lie beside this file."""

from datetime import date
from typing import Any, Self

from ninja import Schema

from liren.base.api import Id
from liren.foundation.policies.queries import Item, ListedPack, ShownPack


class PackOut(Schema):
    """One loaded version of a pack."""

    id: Id
    code: str
    revision: int
    issuer: str
    title: str
    document_number: str
    issued_on: date | None
    valid_from: date
    valid_until: date | None
    version: str
    depends_on: list[str]
    items: int
    unverified: int
    in_force: bool

    @classmethod
    def of(cls, listed: ListedPack, *, in_force: bool) -> Self:
        """Return the shape of a listed pack."""
        pack = listed.pack
        return cls(
            id=pack.pk,
            code=pack.code,
            revision=pack.revision,
            issuer=pack.issuer,
            title=pack.title,
            document_number=pack.document_number,
            issued_on=pack.issued_on,
            valid_from=pack.valid_from,
            valid_until=pack.valid_until,
            version=pack.version,
            depends_on=pack.depends_on,
            items=listed.items,
            unverified=listed.unverified,
            in_force=in_force,
        )


class PacksOut(Schema):
    """All loaded packs, those in force first."""

    items: list[PackOut]


class ItemOut(Schema):
    """An item; ``verified`` is false while something in it was not checked against its source."""

    id: Id
    kind: str
    code: str
    name: str
    clause: str
    file: str
    line: int
    valid_from: date | None
    valid_until: date | None
    verified: bool
    body: dict[str, Any]

    @classmethod
    def of(cls, item: Item) -> Self:
        """Return the shape of an item."""
        return cls(
            id=item.id,
            kind=item.kind,
            code=item.code,
            name=item.name,
            clause=item.clause,
            file=item.file,
            line=item.line,
            valid_from=item.valid_from,
            valid_until=item.valid_until,
            verified=item.verified,
            body=dict(item.body),
        )


class TieOut(Schema):
    """An item that answers a clause."""

    id: Id
    kind: str
    code: str
    name: str


class ClauseOut(Schema):
    """A clause with what it asks for and the items tied to it."""

    code: str
    name: str
    summary: str
    asks_for: list[str]
    capabilities: list[str]
    items: list[TieOut]


class ItemsOut(Schema):
    """Items of one kind."""

    items: list[ItemOut]


class ClausesOut(Schema):
    """The clauses of a pack, in the order of the document."""

    items: list[ClauseOut]

    @classmethod
    def of(cls, shown: ShownPack) -> Self:
        """Return the shape of a pack's clauses."""
        return cls(
            items=[
                ClauseOut(
                    code=tied.clause.code,
                    name=tied.clause.name,
                    summary=tied.clause.body["summary"],
                    asks_for=tied.clause.body.get("asks_for", []),
                    capabilities=tied.clause.body.get("capabilities", []),
                    items=[TieOut(id=one.id, kind=one.kind, code=one.code, name=one.name) for one in tied.items],
                )
                for tied in shown.clauses
            ]
        )
