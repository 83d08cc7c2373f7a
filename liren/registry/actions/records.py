"""What else is known of somebody: one action for all plain statements, and those that need more care."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import action
from liren.base.clock import day_of
from liren.base.errors import NotFound, Refusal
from liren.base.words import full_day
from liren.foundation.access.rules import Viewer
from liren.foundation.policies.queries import codelist
from liren.registry.actions.facts import live
from liren.registry.actions.lines import close, lines_of, not_later, open_line, recount, write
from liren.registry.enums import FactKind, ResidenceKind, Source, Way
from liren.registry.models import Fact, Person
from liren.registry.permissions import CONFIDENTIAL, EDIT
from liren.registry.rules import standing
from liren.registry.rules.statements import Confidential, Moved, One, Says, Statement


@action(EDIT, on="person")
def record(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    statement: Statement,
    since: date,
    until: date | None = None,
    source: str = Source.DECLARED,
    authority: str = "",
) -> Fact:
    """Record a statement (``rules.statements``) that holds from a day on; the one of its sort that held until then ends on that day."""
    return _record(
        person, statement.says(), by=by, at=at, valid_from=since, valid_until=until, source=source, authority=authority
    )


@action(CONFIDENTIAL, on="person")
def record_confidential(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    statement: Confidential,
    since: date,
    until: date | None = None,
    source: str = Source.SHARED,
    authority: str,
) -> Fact:
    """Record a designation that only posts with the capability see; everything it says is sealed."""
    if not authority.strip():
        raise Refusal(_("请填写作出认定的单位。"), field="authority")
    return _record(
        person, statement.says(), by=by, at=at, valid_from=since, valid_until=until, source=source, authority=authority
    )


@action(EDIT, on="person")
def record_death(
    *, by: Viewer, at: datetime, person: Person, on: date, source: str, words: str = "", authority: str = ""
) -> Fact:
    """Record the day on which somebody died; the file stays, and counts no more among the living."""
    if on > day_of(at) or (person.birth_on is not None and on < person.birth_on):
        raise Refusal(_("去世的日子不对，请核对死亡证明。"), field="on")
    lines = lines_of(person)
    known = next((line for line in standing(lines) if line.kind == FactKind.DEATH), None)
    if known is not None:
        raise Refusal(
            _("已经记着 %(day)s去世。如果日子不对，请更正那一条。") % {"day": full_day(known.valid_from)}, field="on"
        )
    line = write(
        person, lines, by=by, at=at, kind=FactKind.DEATH, valid_from=on, words=words, source=source, authority=authority
    )
    for household in {person.household_id, person.register_id}:
        recount(household, without=person)
    return line


@action(EDIT, on="person")
def record_moved_in(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    on: date,
    residence: str = ResidenceKind.REGISTERED,
    words: str = "",
    place_level: int | None = None,
    place: int | None = None,
    source: str = Source.PAPER,
    authority: str = "",
) -> Fact:
    """Record that somebody whose file is here came (back) over the border: from where, and how they live here from that day."""
    moved = Moved(Way.IN, words, place_level, place).says()
    not_later(on, at, "on")
    lines = lines_of(person)
    write(
        person, lines, by=by, at=at, is_last=False, kind=moved.kind, valid_from=on, source=source, authority=authority,
        **moved.columns,
    )  # fmt: skip
    return live(person, lines, by=by, at=at, kind=residence, since=on, source=source, authority=authority)


@action(EDIT, on="person")
def record_moved_out(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    on: date,
    words: str = "",
    place_level: int | None = None,
    place: int | None = None,
    source: str = Source.PAPER,
    authority: str = "",
) -> Fact:
    """Record that somebody has left for good for a place that keeps no file here: out of both households, counted no more."""
    moved = Moved(Way.OUT, words, place_level, place).says()
    not_later(on, at, "on")
    lines = lines_of(person)
    left = [line for kind in (FactKind.MEMBER, FactKind.REGISTER) if (line := open_line(lines, kind, on)) is not None]
    for line in left:
        close(person, lines, line, by=by, at=at, on=on, is_last=False)
    write(
        person, lines, by=by, at=at, is_last=False, kind=moved.kind, valid_from=on, source=source, authority=authority,
        **moved.columns,
    )  # fmt: skip
    gone = live(
        person, lines, by=by, at=at, kind=ResidenceKind.GONE, since=on, place_level=place_level, place=place, words=words,
        source=source, authority=authority,
    )  # fmt: skip
    for line in left:
        recount(line.household, without=person)
    return gone


SAME: dict[One, Callable[[Fact, Says], bool]] = {
    "kind": lambda line, says: line.kind == says.kind,
    "code": lambda line, says: line.code == says.columns["code"],
    "other": lambda line, says: (
        (line.other, line.other_name) == (says.columns["other"], says.columns["other_name"])
        or (line.other is not None and line.other == says.columns["other"])
    ),
    "organisation": lambda line, says: line.organisation == says.columns["organisation"],
    "content": lambda line, says: line.health is not None and line.health["code"] == says.columns["health"]["code"],
}


def _record(person: Person, says: Says, *, by: Viewer, at: datetime, valid_from: date, **columns: Any) -> Fact:
    """Write the line, after the standing one of the same sort has been ended on its first day."""
    not_later(valid_from, at)
    content = _checked(person, says, on=day_of(at))
    if says.kind == FactKind.DESIGNATION and not columns["authority"].strip():
        raise Refusal(_("请填写作出认定的单位。"), field="authority")
    lines = lines_of(person)
    before = next(
        (
            line
            for line in standing(lines)
            if line.kind == says.kind
            and (line.valid_until is None or line.valid_until > valid_from)
            and SAME[says.one](line, says)
        ),
        None,
    )
    if before is not None:
        close(person, lines, before, by=by, at=at, on=valid_from, is_last=False)
    return write(person, lines, by=by, at=at, kind=says.kind, valid_from=valid_from, **content | columns)


def _checked(person: Person, says: Says, *, on: date) -> dict[str, Any]:
    """Return the columns with the other one's name filled in; refuse a word outside its list, and oneself as the other one."""
    content = dict(says.columns)
    code = content.get("code", "")
    if says.allowed and code not in says.allowed:
        raise Refusal(_("请从列表里选一项。"), field="code")
    if says.listed and not _is_listed(says.listed, code, on):
        raise Refusal(_("请从列表里选一项。"), field="code")
    other = content.get("other")
    if other == person.pk:
        raise Refusal(_("不能是本人，请选别的人。"), field="other")
    if other is not None:
        found = Person.objects.filter(pk=other).only("name").first()
        content["other_name"] = found.name if found else content["other_name"]
    if says.kind == FactKind.RELATION and other is None and not content["other_name"].strip():
        raise Refusal(_("请选择是谁，或填写姓名。"), field="other_name")
    needs_words = says.kind in {FactKind.SCHOOL, FactKind.EMPLOYER}
    if needs_words and not content["words"].strip():
        raise Refusal(_("请填写名称。"), field="words")
    amount = content.get("amount")
    if amount is not None and amount < 0:
        raise Refusal(_("金额不能是负数。"), field="amount")
    return content


def _is_listed(listed: str, code: str, on: date) -> bool:
    try:
        names = codelist(listed, on=on)
    except NotFound:
        return bool(code)  # no pack is loaded: a house in the making
    return code in names
