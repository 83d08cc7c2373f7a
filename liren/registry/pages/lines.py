"""What the pages of a person and a household list, as plain values: lines of the file, people, what can be recorded."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liren.base.screen import Chip, Entry, Link, Menu, Record
from liren.registry.enums import FactKind, ResidenceKind
from liren.registry.models import Fact, Person
from liren.registry.pages import words
from liren.registry.pages.recording import STATEMENTS
from liren.registry.permissions import CONFIDENTIAL
from liren.registry.queries import Member
from liren.registry.queries.origins import writer


def records(rows: Iterable[words.Row], on: date, *, may_edit: bool) -> list[Record]:
    """Return the lines of a file as its page draws them, with the way to correct each where one may."""
    language = get_language()
    say = words.phrases(language)
    return [
        Record(
            row.period,
            row.kind,
            row.sentence,
            say.written
            % {
                "origin": row.origin,
                "at": words.said_day(row.line.recorded_at, on, language),
                "by": writer(row.line.recorded_by),
            },
            row.icon,
            row.holds,
            _leads(row.line),
            Link(f"/desk/facts/{row.line.pk}/correct", say.correct) if may_edit else None,
        )
        for row in rows
    ]


def struck(rows: Iterable[words.Row]) -> list[Record]:
    """Return the lines that were corrected, with the reason of the line in their place."""
    why = _("更正原因")
    return [
        Record(
            row.period,
            row.kind,
            row.sentence,
            f"{row.origin} · {writer(row.line.recorded_by)}"
            + (f" · {why}：{row.corrected_by.reason}" if row.corrected_by and row.corrected_by.reason else ""),
            "history",
            holds=False,
        )
        for row in rows
    ]


def _leads(line: Fact) -> Link | None:
    """Return where a line leads on: to the file of a guardian, to the household."""
    if line.kind == FactKind.GUARDIAN and line.other:
        return Link(f"/desk/people/{line.other}", _("看监护人档案"))
    if line.kind in {FactKind.MEMBER, FactKind.REGISTER} and line.household:
        return Link(f"/desk/households/{line.household}", _("看这一户"))
    if line.kind in {FactKind.RELATION, FactKind.MARRIAGE, FactKind.BIRTH} and line.other:
        return Link(f"/desk/people/{line.other}", _("看对方的档案"))
    if line.organisation:
        return Link(f"/desk/organisations/{line.organisation}", _("看这个组织"))
    return None


def members(people: Iterable[Member], relations: Mapping[str, str], on: date) -> list[Entry]:
    """Return the people of a household as a list leads to them."""
    say = words.phrases(get_language())
    return [
        Entry(
            f"/desk/people/{member.pk}",
            member.name,
            below=f"{relations.get(member.relation, '')} {words.who(member.sex, member.age_on(on))}",
            chip=Chip(say.dead)
            if member.deceased_on
            else Chip(say.away, "soon", "arrow-right")
            if member.away_since
            else None,
        )
        for member in people
    ]


def menu(person: Person, *, confidential: bool) -> Menu:
    """Return what can be recorded of a person now: the usual, then the statements and the ways over the border."""
    return _menu(
        bool(person.away_since),
        bool(person.household_id),
        bool(person.deceased_on),
        bool(person.register_id),
        person.residence == ResidenceKind.GONE,
        confidential,
        get_language(),
    )


@lru_cache(maxsize=256)
def _menu(
    away: bool, at_home: bool, dead: bool, registered: bool, gone: bool, confidential: bool, _language: str | None
) -> Menu:
    ways = [
        ("/returned", _("登记返回")) if away else ("/away", _("登记外出")),
        ("/residence", _("登记居住情况")),
        ("/phone", _("登记电话")),
        ("/guardian", _("登记监护人")),
        ("/disability", _("登记残疾")),
    ]
    if at_home:
        ways.append(("/leave", _("迁出家庭")))
    if not dead:
        ways.append(("/death", _("登记去世")))
    more = [
        (f"/{one.code}", str(one.title))
        for one in STATEMENTS.values()
        if confidential or one.capability is not CONFIDENTIAL
    ]
    if not dead:
        more.append(("/household", _("加入家庭")))
        if registered:
            more.append(("/leave-register", _("迁出户籍户")))
        more.append(("/moved-in", _("登记迁入")) if gone else ("/moved-out", _("登记迁出本地")))
        if not gone:
            more.append(("/transfer", _("转到别的村（社区）")))
    return Menu(tuple(ways), tuple(more), _("更多"))
