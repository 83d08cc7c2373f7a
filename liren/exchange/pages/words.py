"""Codes and faults as a person reads them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from liren.base.codes import mask_id, mask_phone
from liren.exchange.actions.doors import DWELLING
from liren.exchange.enums import Fault, Target
from liren.exchange.models import Batch, Row
from liren.exchange.queries import lists
from liren.exchange.queries.batches import household_names
from liren.registry.enums import (
    AwayReason,
    BenefitKind,
    DesignationKind,
    FactKind,
    GuardianKind,
    RelationKind,
    ResidenceKind,
    Sex,
    Source,
)

FIELDS = {
    "number": Target.ID_NUMBER,
    "phone": Target.PHONE,
    "name": Target.NAME,
    "sex": Target.SEX,
    "birth_on": Target.BIRTH,
    "ethnicity": Target.ETHNICITY,
}
CLOSED: dict[str, Any] = {
    "sex": Sex, "residence": ResidenceKind, "away": AwayReason, "guardian": GuardianKind, "designation": DesignationKind, "benefit": BenefitKind,
    "relation": RelationKind,
}  # fmt: skip
HOMES = frozenset({"member", "register"})
NATIONAL = {"ethnicity": Target.ETHNICITY, "marriage": Target.MARRIAGE, "education": Target.EDUCATION}


class Speaker:
    """Says what rows of one batch hold."""

    def __init__(self, batch: Batch, rows: Iterable[Row] = ()) -> None:
        place: dict[str, Any] = {"level": batch.level, "area": batch.area, "on": batch.as_of}
        self.named = {name: dict(lists.choices(target, **place)) for name, target in NATIONAL.items()}
        self.relations = dict(lists.choices(Target.RELATION, **place))
        self.batch = batch
        named = {
            side.partition(" ")[0]
            for row in rows
            for one in row.changes or ()
            if one["field"] in HOMES
            for side in (one["held"], one["offered"])
        }
        self.homes = household_names(batch, {int(pk) for pk in named if pk.isdecimal()}) if named else {}

    def field(self, name: str) -> str:
        """Return what a field is called."""
        if name == "back":
            return _("返回")
        if name == DWELLING:
            return _("住房")
        return str(FIELDS[name].label if name in FIELDS else FactKind(name).label)

    def value(self, name: str, text: str) -> str:
        """Return a value in words; numbers and phones keep their ends."""
        if not text:
            return _("（空）")
        if name == "number":
            return mask_id(text)
        if name == "phone":
            return mask_phone(text)
        code, _space, rest = text.partition(" ")
        if name in HOMES:
            relation, home = self.relations.get(rest, rest), self.homes.get(number(code), "")
            return "，".join(part for part in (relation, home) if part) or _("另一户")
        if name in CLOSED:
            code = str(dict(CLOSED[name].choices).get(code, code))
        elif name in self.named:
            code = self.named[name].get(code, code)
        elif name == "back":
            code = _("外出") if code == "away" else _("已返回")
        return f"{code} {rest}".strip()

    def changes(self, row: Row) -> list[dict[str, Any]]:
        """Return the fields that differ, each side with its source and day."""
        ways = {"take": _("以表格为准"), "keep": _("以档案为准"), "ask": _("要人决定"), "same": _("相同")}
        offered = f"{Source(self.batch.source).label} {self.batch.as_of.isoformat()}"
        return [
            {  # a dwelling is one of several on offer
                "field": self.field(one["field"]), "held": self.value(one["field"], one["held"]), "offered": self.value(one["field"], one["offered"]),
                "held_by": f"{Source(one['held_source']).label if one['held_source'] else ''} {one['held_on'] or ''}".strip(), "offered_by": offered,
                "way": ways[one["way"]], "code": one["way"],
                "dwelling": one["line"] if one["field"] == DWELLING else None,
            }
            for one in row.changes or ()
        ]  # fmt: skip

    def faults(self, row: Row) -> list[str]:
        """Return what is wrong, naming the column."""
        heads = self.batch.heads
        said = []
        for column, fault, shown in row.faults:
            words = str(Fault(fault).label) if fault in Fault.values else fault
            where = heads[column] if 0 <= column < len(heads) else ""
            masked = mask_id(shown) if where and len(shown) >= 15 and shown.isalnum() else shown
            said.append("：".join(part for part in (where, words) if part) + (f"（{masked}）" if masked else ""))
        return said


def person(row: Row) -> dict[str, Any]:
    """Return who a row says it is about, the number masked."""
    said = row.content["row"]
    birth: date | None = row.birth_on
    return {
        "name": row.name,
        "birth": birth.isoformat() if birth else "",
        "number": mask_id(said.get("number", "")),
        "address": said.get("address", ""),
    }


def number(text: str, digits: int = 19) -> int:
    """Return a number of an address or a form, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < digits else 0


def masked(text: str) -> str:
    """Return a cell as it may stand on a screen: of a number of somebody or a phone only the ends."""
    if len(text) >= 15 and text[:14].isdigit():
        return mask_id(text)
    return mask_phone(text) if len(text) == 11 and text.isdigit() else text
