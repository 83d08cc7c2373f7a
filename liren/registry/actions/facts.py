"""Dated facts about a person: recorded once, corrected by a new line."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.errors import Conflict, NotFound, Refusal
from liren.foundation.access.rules import Viewer
from liren.registry.actions.lines import close, lines_of, not_later, open_line, successor, write
from liren.registry.enums import (
    AwayReason,
    DisabilityDegree,
    DisabilityKind,
    FactKind,
    GuardianKind,
    ResidenceKind,
    Source,
)
from liren.registry.models import Fact, Person
from liren.registry.permissions import CONFIDENTIAL, EDIT
from liren.registry.rules import standing

CORRECTABLE = frozenset(
    {
        "code",
        "valid_from",
        "valid_until",
        "other",
        "other_name",
        "place_level",
        "place",
        "words",
        "organisation",
        "amount",
        "health",
        "source",
        "authority",
    }
)


@action(EDIT, on="person")
def record_residence(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    kind: str,
    since: date,
    place_level: int | None = None,
    place: int | None = None,
    words: str = "",
    source: str = Source.DECLARED,
    authority: str = "",
) -> Fact:
    """Record how somebody lives from a day on; ``place`` and ``words`` say where the register is, or where they live instead.

    The episode before ends on that day.
    """
    not_later(since, at)
    return live(
        person, lines_of(person), by=by, at=at, kind=kind, since=since, place_level=place_level, place=place, words=words,
        source=source, authority=authority,
    )  # fmt: skip


def live(
    person: Person, lines: list[Fact], *, by: Viewer, at: datetime, kind: str, since: date, **columns: Any
) -> Fact:
    """Write how somebody lives from a day on into a file that is open; the episode before ends on that day."""
    _one_of(ResidenceKind, kind)
    before = open_line(lines, FactKind.RESIDENCE, since)
    if before is not None:
        close(person, lines, before, by=by, at=at, on=since, is_last=False)
    return write(
        person, lines, by=by, at=at, kind=FactKind.RESIDENCE, code=kind, valid_from=since, **columns
    )  # fmt: skip


@action(EDIT, on="person")
def record_away(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    since: date,
    reason: str = AwayReason.WORK,
    words: str = "",
    place_level: int | None = None,
    place: int | None = None,
    source: str = Source.DECLARED,
    authority: str = "",
) -> Fact:
    """Record that somebody is away from a day on: why and, in ``words`` or as a place, where."""
    _one_of(AwayReason, reason)
    not_later(since, at)
    lines = lines_of(person)
    if open_line(lines, FactKind.AWAY, since) is not None:
        raise Conflict(_("已经记着外出，还没有记返回。请先记返回，或更正原来那一条。"))
    return write(
        person, lines, by=by, at=at, kind=FactKind.AWAY, code=reason, valid_from=since, words=words, place_level=place_level,
        place=place, source=source, authority=authority,
    )  # fmt: skip


@action(EDIT, on="person")
def record_returned(*, by: Viewer, at: datetime, person: Person, on: date, source: str = Source.DECLARED) -> Fact:
    """Record the day on which somebody came back."""
    not_later(on, at, "on")
    lines = lines_of(person)
    away = open_line(lines, FactKind.AWAY, on)
    if away is None:
        raise Conflict(_("没有正在外出的记录，不用记返回。"))
    return close(person, lines, away, by=by, at=at, on=on, source=source)


@action(EDIT, on="person")
def record_disability(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    kind: str,
    degree: str,
    certificate: str = "",
    since: date,
    until: date | None = None,
    source: str = Source.PAPER,
    authority: str = "",
) -> Fact:
    """Record a disability after its certificate (GB/T 26341); kind, degree and number are sealed at rest."""
    _one_of(DisabilityKind, kind)
    _one_of(DisabilityDegree, degree)
    not_later(since, at)
    lines = lines_of(person)
    before = open_line(lines, FactKind.DISABILITY, since)
    if before is not None:
        close(person, lines, before, by=by, at=at, on=since, is_last=False)
    return write(
        person, lines, by=by, at=at, kind=FactKind.DISABILITY, valid_from=since, valid_until=until, source=source, authority=authority,
        health={"kind": kind, "degree": degree, "certificate": certificate},
    )  # fmt: skip


@action(EDIT, on="person")
def name_guardian(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    relation: str,
    since: date,
    until: date | None = None,
    guardian: int | None = None,
    guardian_name: str = "",
    words: str = "",
    source: str = Source.DECLARED,
    authority: str = "",
) -> Fact:
    """Record who cares for ``person`` by law or by agreement; the guardian may live in another county or have no file at all."""
    _one_of(GuardianKind, relation)
    not_later(since, at)
    if guardian == person.pk:
        raise Refusal(_("监护人不能是本人。"), field="guardian")
    if guardian is not None:
        found = Person.objects.filter(pk=guardian).only("name").first()
        guardian_name = found.name if found else guardian_name
    if guardian is None and not guardian_name.strip():
        raise Refusal(_("请选择监护人，或填写监护人的姓名。"), field="guardian_name")
    lines = lines_of(person)
    twins = [
        f
        for f in standing(lines)
        if f.kind == FactKind.GUARDIAN
        and f.valid_until is None
        and (f.other, f.other_name) == (guardian, guardian_name)
    ]
    if twins:
        raise Conflict(_("已经记着这位监护人。"))
    return write(
        person, lines, by=by, at=at, kind=FactKind.GUARDIAN, code=relation, valid_from=since, valid_until=until, other=guardian,
        other_name=guardian_name.strip(), words=words, source=source, authority=authority,
    )  # fmt: skip


@action(EDIT, on="fact")
def correct_fact(*, by: Viewer, at: datetime, fact: Fact, reason: str, changes: Mapping[str, Any]) -> Fact:
    """Put a corrected line in the place of ``fact``, which stays to be read; ``changes`` names columns of CORRECTABLE."""
    wrong = set(changes) - CORRECTABLE
    if wrong:
        raise ValueError(f"not correctable: {sorted(wrong)}")
    person, lines = _standing_file(by, fact, reason)
    remark(corrects=str(fact.pk), columns=sorted(set(changes) - {"health"}), reason=reason)
    return write(person, lines, by=by, at=at, **successor(fact, **changes), reason=reason)


@action(EDIT, on="fact")
def withdraw_fact(*, by: Viewer, at: datetime, fact: Fact, reason: str) -> Fact:
    """Say that a line was never true; it stays to be read, and counts no more."""
    person, lines = _standing_file(by, fact, reason)
    if fact.kind in {FactKind.MEMBER, FactKind.REGISTER}:
        raise Refusal(_("家庭成员请在“家庭”里办理迁出，不能直接撤销。"))
    remark(withdraws=str(fact.pk), reason=reason)
    return write(person, lines, by=by, at=at, **successor(fact), is_void=True, reason=reason)


def _standing_file(by: Viewer, fact: Fact, reason: str) -> tuple[Person, list[Fact]]:
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明更正的原因，这会留在档案里。"), field="reason")
    person = Person.objects.filter(pk=fact.subject).first()
    if person is None:
        raise NotFound(_("没有找到这份档案。"))
    if fact.kind == FactKind.CONFIDENTIAL and not by.may(CONFIDENTIAL, fact.area):
        raise NotFound(_("没有找到这条记录，可能不在您的管辖范围。"))
    lines = lines_of(person)
    if fact.pk not in {line.pk for line in standing(lines)}:
        raise Conflict(_("这一条已经更正过了，请更正最新的那一条。"))
    return person, lines


def _one_of(words: Any, value: str) -> None:
    if value not in words.values:
        raise Refusal(_("请从列表里选一项。"))
