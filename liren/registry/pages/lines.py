"""What the pages of a person and a household list, as plain values: lines of the file, people, what can be recorded."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _

from liren.base.screen import Chip, Entry, Link, Record
from liren.base.words import day
from liren.registry.enums import FactKind, ResidenceKind
from liren.registry.models import Fact, Person
from liren.registry.pages import words
from liren.registry.pages.recording import STATEMENTS
from liren.registry.permissions import CONFIDENTIAL
from liren.registry.queries import Member


def records(rows: Iterable[words.Row], on: date, *, may_edit: bool) -> list[Record]:
    """Return the lines of a file as its page draws them, with the way to correct each where one may."""
    correct = _("更正")
    return [
        Record(
            row.period,
            row.kind,
            row.sentence,
            _("%(origin)s · %(at)s由%(by)s登记")
            % {"origin": row.origin, "at": day(row.line.recorded_at, on), "by": row.line.recorded_by},
            row.icon,
            row.holds,
            _leads(row.line),
            Link(f"/desk/facts/{row.line.pk}/correct", correct) if may_edit else None,
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
    gone, away = _("已去世"), _("外出")
    return [
        Entry(
            f"/desk/people/{member.pk}",
            member.name,
            below=f"{relations.get(member.relation, '')} {words.who(member.sex, member.age_on(on))}",
            chip=Chip(gone) if member.deceased_on else Chip(away, "soon", "arrow-right") if member.away_since else None,
        )
        for member in people
    ]


def verbs(person: Person) -> list[Link]:
    """Return what can be recorded of a person now."""
    here = f"/desk/people/{person.pk}"
    ways = [
        Link(f"{here}/returned", _("登记返回")) if person.away_since else Link(f"{here}/away", _("登记外出")),
        Link(f"{here}/residence", _("登记居住情况")),
        Link(f"{here}/phone", _("登记电话")),
        Link(f"{here}/guardian", _("登记监护人")),
        Link(f"{here}/disability", _("登记残疾")),
    ]
    if person.household_id:
        ways.append(Link(f"{here}/leave", _("迁出家庭")))
    if not person.deceased_on:
        ways.append(Link(f"{here}/death", _("登记去世")))
    return ways


def more_verbs(person: Person, *, confidential: bool) -> list[Link]:
    """Return what else can be recorded of a person: the statements, the ways over the border."""
    here = f"/desk/people/{person.pk}"
    ways = [
        Link(f"{here}/{one.code}", str(one.title))
        for one in STATEMENTS.values()
        if confidential or one.capability is not CONFIDENTIAL
    ]
    if person.deceased_on:
        return ways
    ways.append(Link(f"{here}/household", _("加入家庭")))
    if person.register_id:
        ways.append(Link(f"{here}/leave-register", _("迁出户籍户")))
    gone = person.residence == ResidenceKind.GONE
    ways.append(Link(f"{here}/moved-in", _("登记迁入")) if gone else Link(f"{here}/moved-out", _("登记迁出本地")))
    if not gone:
        ways.append(Link(f"{here}/transfer", _("转到别的村（社区）")))
    return ways
