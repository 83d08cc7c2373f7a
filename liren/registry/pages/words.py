"""How the registry talks: a fact in a sentence, a journal line in a sentence, a period, a state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from liren.base.clock import day_of
from liren.base.codes import mask_id
from liren.base.errors import NotFound
from liren.base.money import figures
from liren.base.screen import Moment
from liren.base.words import day, span
from liren.foundation.policies.queries import codelist
from liren.registry.enums import (
    AwayReason,
    BenefitKind,
    CertificateKind,
    ConfidentialKind,
    ContactKind,
    DesignationKind,
    DisabilityDegree,
    DisabilityKind,
    FactKind,
    GuardianKind,
    RelationKind,
    ResidenceKind,
    Sex,
    Source,
    Way,
)
from liren.registry.models import Fact
from liren.registry.queries import Deed, HouseholdFile, PersonFile
from liren.registry.rules import holds_on, standing

ICONS = {
    FactKind.RESIDENCE: "map-pin",
    FactKind.AWAY: "arrow-right",
    FactKind.DISABILITY: "adjustments",
    FactKind.GUARDIAN: "user-check",
    FactKind.MEMBER: "home",
    FactKind.REGISTER: "home",
    FactKind.RELATION: "users",
    FactKind.MARRIAGE: "users",
    FactKind.EDUCATION: "file-text",
    FactKind.SCHOOL: "building-community",
    FactKind.EMPLOYER: "tool",
    FactKind.BELONGS: "building-community",
    FactKind.CERTIFICATE: "id",
    FactKind.BENEFIT: "coin",
    FactKind.DESIGNATION: "rosette-discount-check",
    FactKind.CONFIDENTIAL: "lock",
    FactKind.BIRTH: "user-plus",
    FactKind.DEATH: "user",
    FactKind.MOVED: "arrow-right",
    FactKind.CONTACT: "phone",
}
VERBS: dict[str, Any] = {
    "registry.register_person": gettext_lazy("登记了档案"),
    "registry.correct_person": gettext_lazy("更正了基本信息"),
    "registry.move_person": gettext_lazy("把档案转到了这里"),
    "registry.record": gettext_lazy("登记了一条记录"),
    "registry.record_confidential": gettext_lazy("登记了保密认定"),
    "registry.record_death": gettext_lazy("登记了去世"),
    "registry.set_phone": gettext_lazy("登记了电话"),
    "registry.unmask": gettext_lazy("查看了完整号码"),
    "registry.export_people": gettext_lazy("导出了名单"),
    "registry.export_list": gettext_lazy("导出了人群名单"),
    "registry.record_residence": gettext_lazy("登记了居住情况"),
    "registry.record_away": gettext_lazy("登记了外出"),
    "registry.record_returned": gettext_lazy("登记了返回"),
    "registry.record_disability": gettext_lazy("登记了残疾"),
    "registry.name_guardian": gettext_lazy("登记了监护人"),
    "registry.correct_fact": gettext_lazy("更正了一条记录"),
    "registry.withdraw_fact": gettext_lazy("撤销了一条记录"),
    "registry.open_household": gettext_lazy("登记了这一户"),
    "registry.join_household": gettext_lazy("登记了家庭成员"),
    "registry.leave_household": gettext_lazy("登记了迁出"),
    "registry.correct_household": gettext_lazy("更正了住址或户号"),
    "registry.split_household": gettext_lazy("办了分户"),
    "registry.merge_households": gettext_lazy("办了并户"),
    "registry.close_household": gettext_lazy("办了销户"),
    "registry.settle_household": gettext_lazy("登记了住房"),
    "registry.allot": gettext_lazy("划了网格"),
    "registry.undo_allotment": gettext_lazy("撤回了划网格"),
    "registry.close_grid": gettext_lazy("停用了网格"),
    "registry.name_grid_worker": gettext_lazy("登记了网格员"),
    "registry.end_grid_worker": gettext_lazy("网格员不再负责"),
    "registry.export_households": gettext_lazy("导出了家庭名单"),
    "registry.export_table": gettext_lazy("导出了统计表"),
    "registry.propose_move": gettext_lazy("提出转到别的村（社区）"),
    "registry.accept_move": gettext_lazy("接收了档案"),
    "registry.refuse_move": gettext_lazy("退回了转移"),
    "registry.withdraw_move": gettext_lazy("撤回了转移"),
    "registry.record_moved_in": gettext_lazy("登记了迁入"),
    "registry.record_moved_out": gettext_lazy("登记了迁出"),
    "registry.change_head": gettext_lazy("更换了户主"),
    "registry.look_at_person": gettext_lazy("打开了档案"),
    "registry.look_at_household": gettext_lazy("打开了家庭档案"),
    "registry.ask_correction": gettext_lazy("申请更正"),
    "registry.withdraw_correction": gettext_lazy("撤回了更正申请"),
    "registry.accept_correction": gettext_lazy("按本人申请作了更正"),
    "registry.refuse_correction": gettext_lazy("没有同意更正申请"),
    "registry.merge_persons": gettext_lazy("把重复的档案并了进来"),
    "registry.give_file_up": gettext_lazy("把档案并到了外县"),
    "registry.take_file_back": gettext_lazy("把并到外县的档案撤了回来"),
    "registry.undo_merge": gettext_lazy("撤销了合并"),
    "registry.tell_apart": gettext_lazy("判断不是同一个人"),
    "registry.give_file": gettext_lazy("导出或打印了档案"),
}


CARE: dict[str, Any] = {
    "child": gettext_lazy("未满16岁"),
    "old": gettext_lazy("80岁以上"),
    "disabled": gettext_lazy("有残疾记录"),
    "needy": gettext_lazy("困难对象"),
}


RESIDENCES = frozenset(ResidenceKind.values)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file as the page shows it."""

    line: Fact
    kind: str
    icon: str
    sentence: str
    period: str
    origin: str
    holds: bool
    corrected_by: Fact | None = None


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the lines of every file say, looked up once for each language."""

    written: str
    correct: str
    dead: str
    away: str
    age: str


@lru_cache(maxsize=16)
def phrases(_language: str | None) -> Phrases:
    """Return the phrases of a language, which has to be the one that is in force."""
    return Phrases(
        written=_("%(origin)s · %(at)s由%(by)s登记"),
        correct=_("更正"),
        dead=_("已去世"),
        away=_("外出"),
        age=_("%(age)d 岁"),
    )


@lru_cache(maxsize=1024)
def _label(kinds: Any, code: str, _language: str | None) -> str:
    return str(kinds(code).label)


def label(kinds: Any, code: str) -> str:
    """Return the word for a code of a closed list, looked up once for each language."""
    return _label(kinds, code, get_language())


@lru_cache(maxsize=4096)
def said_day(at: datetime, on: date, _language: str | None) -> str:
    """Say the day of a moment in a language, which has to be the one that is in force."""
    return day(at, on)


def office(actor: str) -> str:
    """Return the place and post of who acted, as a journal line names them, without the worker's own name."""
    return "".join(actor.split("·")[:2])


def origin_of(source: str) -> str:
    """Say where something comes from."""
    return str(Source(source).label) if source in Source.values else ""


def told(line: Fact, on: date) -> str:
    """Say a line in one sentence: what kind, what it says, from when until when."""
    kind = str(FactKind(line.kind).label)
    return _("%(kind)s：%(what)s（%(period)s）") % {
        "kind": kind,
        "what": sentence(line, listed("family-relation", on)),
        "period": period(line),
    }


def listed(code: str, on: date) -> Mapping[str, str]:
    """Return a national code list, empty while no pack is loaded."""
    try:
        return codelist(code, on=on)
    except NotFound:
        return {}


def rows(file: PersonFile, on: date) -> tuple[list[Row], list[Row]]:
    """Return the standing lines and the corrected ones of a file, the youngest first."""
    relations = listed("family-relation", on)
    kept = standing(file.lines)
    later = file.corrections
    known = {line.pk for line in kept}
    old = [line for line in file.lines if line.pk not in known and not line.is_void]
    language = get_language()
    return (
        [_row(line, relations, on, None, language) for line in kept],
        [_row(line, relations, on, later.get(line.pk), language) for line in old],
    )


def household_rows(file: HouseholdFile, on: date) -> list[Row]:
    """Return what is known of all members of a household, each with its name before the kind, the youngest first."""
    relations = listed("family-relation", on)
    names = {member.pk: member.name for member in file.members}
    language = get_language()
    found = [_row(line, relations, on, None, language) for line in file.known]
    return [replace(row, kind=f"{names[row.line.subject]} · {row.kind}") for row in found]


def _row(line: Fact, relations: Mapping[str, str], on: date, later: Fact | None, language: str | None) -> Row:
    source = _label(Source, line.source, language)
    origin = f"{source}，{line.authority}" if line.authority else source
    kind, icon = _label(FactKind, line.kind, language), ICONS[FactKind(line.kind)]
    said, when = sentence(line, relations, language), period(line)
    return Row(line, kind, icon, said, when, origin, holds_on(line, on), later)


def sentence(line: Fact, relations: Mapping[str, str], language: str | None = None) -> str:
    """Say what a line says, in the language that is in force."""
    language = language or get_language()
    where = line.words
    if line.kind == FactKind.RESIDENCE:
        return _joined(_label(ResidenceKind, line.code, language) if line.code else "", where)
    if line.kind == FactKind.AWAY:
        return _joined(_label(AwayReason, line.code, language) if line.code else "", where)
    if line.kind == FactKind.GUARDIAN:
        relation = _label(GuardianKind, line.code, language) if line.code else ""
        return _joined(
            _("%(name)s（%(relation)s）") % {"name": line.other_name or _("未写姓名"), "relation": relation}, where
        )
    if line.kind == FactKind.DISABILITY:
        health = line.health or {}
        kind = _label(DisabilityKind, health["kind"], language) if health.get("kind") in DisabilityKind.values else ""
        degree = (
            _label(DisabilityDegree, health["degree"], language)
            if health.get("degree") in DisabilityDegree.values
            else ""
        )
        return _joined(f"{kind}{degree}", mask_id(health.get("certificate", "")))
    if line.kind in {FactKind.MEMBER, FactKind.REGISTER}:
        return relations.get(line.code, line.code) or _("家庭成员")
    return _plain(line, language)


CLOSED: dict[str, Any] = {
    FactKind.RELATION: RelationKind,
    FactKind.CERTIFICATE: CertificateKind,
    FactKind.BENEFIT: BenefitKind,
    FactKind.DESIGNATION: DesignationKind,
    FactKind.MOVED: Way,
    FactKind.CONTACT: ContactKind,
}
LISTED = {FactKind.MARRIAGE: "marriage", FactKind.EDUCATION: "education"}


def _plain(line: Fact, language: str | None) -> str:
    """Say what a line of a kind without peculiarities says: the word of its list, the other one, the words, the amount."""
    said: Any = ""
    if line.kind in CLOSED and line.code:
        said = _label(CLOSED[FactKind(line.kind)], line.code, language)
    elif line.kind in LISTED:
        said = listed(LISTED[FactKind(line.kind)], day_of(line.recorded_at)).get(line.code, line.code)
    elif line.kind == FactKind.CONFIDENTIAL and line.health:
        return _joined(ConfidentialKind(line.health["code"]).label, line.health.get("words", ""))
    elif line.kind == FactKind.BIRTH and line.other_name:
        said = _("母亲%(name)s") % {"name": line.other_name}
    if line.kind == FactKind.CONTACT and line.health:
        said = _joined(said, line.health.get("address", ""))
    if line.other_name and line.kind in {FactKind.RELATION, FactKind.MARRIAGE, FactKind.CONTACT}:
        said = _joined(said, line.other_name)
    amount = _("%(yuan)s 元") % {"yuan": figures(line.amount)} if line.amount is not None else ""
    return _joined(said, amount, line.words) or _label(FactKind, line.kind, language)


def period(line: Fact) -> str:
    """Say from when until when; the last day is the day before the period ends."""
    return span(line.valid_from, line.valid_until)


def said(journal: Iterable[Deed]) -> list[Moment]:
    """Tell a file's time line."""
    return [
        Moment(
            line.at,
            f"{line.actor} {did(line.verb, str(line.changes.get('kind', '')))}",
            note=str(line.changes.get("reason", "")),
        )
        for line in journal
    ]


def did(verb: str, kind: str = "") -> str:
    """Say what was done to a file; of a line of a kind that has no verb of its own, also what it is about."""
    words = str(VERBS.get(verb, verb))
    if verb != "registry.record" or kind not in FactKind.values:
        return words
    return _("%(words)s：%(kind)s") % {"words": words, "kind": label(FactKind, kind)}


def who(sex: str, age: int | None) -> str:
    """Say sex and age: 女，36岁."""
    parts = [
        label(Sex, sex) if sex in {Sex.MALE, Sex.FEMALE} else "",
        phrases(get_language()).age % {"age": age} if age is not None else "",
    ]
    return "，".join(part for part in parts if part)


def residence_label(code: str) -> str:
    """Say how somebody lives."""
    return label(ResidenceKind, code) if code in RESIDENCES else ""


def _joined(*parts: Any) -> str:
    return "，".join(str(part) for part in parts if part)
