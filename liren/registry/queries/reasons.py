"""How lists explain themselves: the reason in a sentence, the conditions of a rule in words, what would end a membership."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liren.base.codes import age_on
from liren.base.words import day as said_day
from liren.base.words import in_english
from liren.foundation.access.rules import Viewer
from liren.registry.enums import (
    AwayReason,
    BenefitKind,
    ConfidentialKind,
    DesignationKind,
    FactKind,
    GuardianKind,
    ResidenceKind,
)
from liren.registry.permissions import LISTS
from liren.registry.queries.categories import rule_by_key, title_of
from liren.registry.queries.explaining import Part, lists_of
from liren.registry.queries.lists import Listed
from liren.registry.queries.opening import PersonFile
from liren.registry.rules.categories import Rule, codes_asked

WORDS: dict[str, Any] = {
    FactKind.RESIDENCE: ResidenceKind,
    FactKind.AWAY: AwayReason,
    FactKind.DESIGNATION: DesignationKind,
    FactKind.BENEFIT: BenefitKind,
    FactKind.GUARDIAN: GuardianKind,
    FactKind.CONFIDENTIAL: ConfidentialKind,
}


FOUND = frozenset({FactKind.DESIGNATION, FactKind.CONFIDENTIAL})
"""Of these only what a rule asks for by name is told in its reason."""


def word(kind: str, code: str) -> str:
    """Return the word of a line's code."""
    words = WORDS.get(kind)
    return str(words(code).label) if words is not None and code in words.values else ""


def month(text: str) -> str:
    """Return ``2026-02`` of a day."""
    return text[:7]


def reason(rule: Rule, one: Listed, on: date) -> str:
    """Return in one sentence why somebody is on a list on a day, from the template of the rule and what was true then."""
    asked = set(codes_asked(rule.when))
    narrow = {(whose, kind) for whose, kind, _code in asked}
    told = [
        entry
        for entry in one.evidence
        if _holds(entry, on)
        and ((entry[0], entry[2], entry[3]) in asked or ((entry[0], entry[2]) not in narrow and entry[2] not in FOUND))
    ]
    filled = {
        "age": _age(one, on),
        "self": _own([entry for entry in told if entry[0] == "self" and entry[2] != FactKind.GUARDIAN]),
        "parents": _parents([entry for entry in told if entry[0] == "parent"]),
        "spouse": _spouse([entry for entry in told if entry[0] == "spouse"]),
        "children": _children([entry for entry in told if entry[0] == "child"]),
        "carers": _carers([entry for entry in told if entry[0] == "self" and entry[2] == FactKind.GUARDIAN]),
    }
    kept: list[str] = []
    template = rule.reason_en if rule.reason_en and in_english() else rule.reason
    for part in template.replace("; ", "；").split("；"):
        said = part.replace("年龄{age}岁", "{age}")
        for name, value in filled.items():
            said = said.replace(f"{{{name}}}", value)
        if said:
            kept.append(said)
    return _("；").join(kept)


def _holds(entry: list[Any], on: date) -> bool:
    since, until = entry[4], entry[5]
    return since <= on.isoformat() and (until is None or on.isoformat() < until)


def _age(one: Listed, on: date) -> str:
    if one.birth_on is None:
        return ""
    return _("年龄 %(age)d 岁") % {"age": age_on(one.birth_on, min(on, one.deceased_on or on))}


def _own(entries: list[list[Any]]) -> str:
    said: list[str] = []
    for _who, _whom, kind, code, since, _until in entries:
        if kind == FactKind.RESIDENCE and code in {ResidenceKind.INCOMER, ResidenceKind.OVERSEAS}:
            said.append(_("%(month)s 起住在本地，户籍在外地") % {"month": month(since)})
        elif kind == FactKind.DISABILITY:
            said.append(_("%(month)s 起有残疾登记") % {"month": month(since)})
        elif kind in {FactKind.DESIGNATION, FactKind.CONFIDENTIAL}:
            said.append(_("%(month)s 起被认定为%(what)s") % {"month": month(since), "what": word(kind, code)})
    return _("，").join(dict.fromkeys(said))


def _parents(entries: list[list[Any]]) -> str:
    away = {entry[1]: month(entry[4]) for entry in entries if entry[2] == FactKind.AWAY}
    dead = {entry[1] for entry in entries if entry[2] == FactKind.DEATH}
    found = {entry[1]: entry for entry in entries if entry[2] == FactKind.DESIGNATION}
    months = sorted(away.values())
    said: list[str] = []
    if len(months) > 1:
        said.append(
            _("父母均于 %(month)s 起外出务工") % {"month": months[0]}
            if months[0] == months[-1]
            else _("父母一方于 %(first)s 起、另一方于 %(last)s 起外出务工") % {"first": months[0], "last": months[-1]}
        )
    elif months:
        said.append(_("父母一方于 %(month)s 起外出务工") % {"month": months[0]})
    said += [
        _("父母一方 %(month)s 起为%(what)s") % {"month": month(entry[4]), "what": word(FactKind.DESIGNATION, entry[3])}
        for whom, entry in found.items()
        if whom not in dead
    ]
    said += [_("父母一方已去世") for _whom in dead]
    return _("，").join(dict.fromkeys(said))


def _spouse(entries: list[list[Any]]) -> str:
    months = sorted(month(entry[4]) for entry in entries if entry[2] == FactKind.AWAY)
    return _("丈夫于 %(month)s 起外出务工") % {"month": months[0]} if months else ""


def _children(entries: list[list[Any]]) -> str:
    away = {entry[1]: month(entry[4]) for entry in entries if entry[2] == FactKind.AWAY}
    if not away:
        return ""
    return ngettext(
        "登记在册的 %(n)d 个子女已外出，最晚一个在 %(month)s 离开", "登记在册的 %(n)d 个子女都已外出，最晚一个在 %(month)s 离开", len(away)
    ) % {"n": len(away), "month": max(away.values())}  # fmt: skip


def _carers(entries: list[list[Any]]) -> str:
    kinds = [word(FactKind.GUARDIAN, entry[3]) for entry in entries]
    if not kinds:
        return _("没有登记照护人")
    return _("由%(who)s照护") % {"who": _("、").join(dict.fromkeys(kinds))}


# The conditions of a rule


def who(code: str) -> str:
    """Return the word for kin that a rule asks about."""
    return {
        "parent": _("父母"), "child": _("子女"), "spouse": _("配偶"), "sibling": _("兄弟姐妹"), "grandparent": _("祖父母、外祖父母"),
        "grandchild": _("孙子女、外孙子女"), "carer": _("照护人"), "mate": _("同住的人"),
    }[code]  # fmt: skip


def condition(rule: Rule, node: Mapping[str, Any]) -> str:  # noqa: PLR0911  one for each key
    """Return one condition of a rule in words."""
    (key, value), *_rest = node.items()
    if key == "all":
        return _("，并且").join(condition(rule, inner) for inner in value)
    if key == "any":
        return _("，或者").join(condition(rule, inner) for inner in value)
    if key == "not":
        return _("不是：%(what)s") % {"what": condition(rule, value)}
    if key == "age":
        return _ages(rule, value)
    if key == "sex":
        return _("男性") if value == "1" else _("女性")
    if key == "village":
        return _("档案在村（村委会）")
    if key == "deceased":
        return _("已去世")
    if key == "fact":
        return _line(rule, value)
    asked = {"who": who(value["who"]), "what": condition(rule, value["is"]), "least": value.get("least", 1)}
    if key == "some":
        return _("%(who)s中有人：%(what)s") % asked
    if asked["least"] > 1:
        return _("%(who)s每一位（至少登记 %(least)d 位）：%(what)s") % asked
    return _("登记在册的%(who)s每一位：%(what)s") % asked


def _ages(rule: Rule, value: Mapping[str, Any]) -> str:
    said: list[str] = []
    if "from" in value:
        said.append(_("年满 %(n)d 周岁") % {"n": rule.number(value["from"])})
    if "below" in value:
        said.append(_("不满 %(n)d 周岁") % {"n": rule.number(value["below"])})
    return _("，").join(said)


def _line(rule: Rule, value: Mapping[str, Any]) -> str:
    kind = str(FactKind(value["kind"]).label)
    codes = _("、").join(word(value["kind"], code) or code for code in value.get("codes", ()))
    said = _("%(kind)s（%(codes)s）") % {"kind": kind, "codes": codes} if codes else kind
    months = rule.number(value.get("months", 0))
    return said + (_("，满 %(n)d 个月") % {"n": months} if months else "")


def end_of(one: Listed, parts: list[Part], rule: Rule, on: date) -> str:
    """Return what would end a membership: the day on which it ends by itself and by which condition, else what would have to change."""
    if one.valid_until is not None:
        cause = [part for part in parts if part.turns_on(on) == one.valid_until]
        why = condition(rule, cause[0].node) if cause else ""
        told = {"day": said_day(one.valid_until, on), "why": why}
        if why:
            return _("到 %(day)s结束：那一天起“%(why)s”不再成立。") % told
        return _("到 %(day)s结束。") % told
    return _("没有到期的日子：上面任何一条不再成立，就会离开名单。")


def shown_lists(viewer: Viewer, file: PersonFile, on: date) -> list[dict[str, Any]]:
    """Return the lists on which somebody is, for the file's page, as far as the viewer may know of them."""
    person = file.person
    if not viewer.may(LISTS, person.area):
        return []
    found: list[dict[str, Any]] = []
    for one in lists_of(viewer, file, on=on):
        rule = rule_by_key(one.rule)
        if rule is not None:
            told = replace(one, birth_on=person.birth_on, deceased_on=person.deceased_on)
            found.append(
                {"title": title_of(rule), "reason": reason(rule, told, on), "is_confidential": rule.is_confidential}
            )
    return found
