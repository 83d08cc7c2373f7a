"""Turns the expression of a category into SQL: one meaning for a whole county and for one person.

An expression is compiled to the *days* on which it holds, a ``datemultirange``: "younger than 16" is ``[birth, 16th birthday)``,
"away for six months" is ``[left + 6 months, came back)``; ``all`` intersects, ``any`` unites, ``not`` subtracts. A membership's
start, its end, its history and the next day on which it turns all fall out of the same value, and no clock is read.

The SQL reads three relations, which its user provides with the same columns whether they hold a county or one family:
``rule_person(subject, area, sex, birth_on, deceased_on)``, ``rule_line(subject, kind, code, valid)`` and
``rule_kin(subject, who, other, valid)``, ``valid`` being a datemultirange.
"""
# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from liren.registry.rules.categories import Node, Rule

ALWAYS = "'{(,)}'::datemultirange"
NEVER = "'{}'::datemultirange"
OF_BLOOD = frozenset({"parent", "child", "sibling", "grandparent", "grandchild"})
WORD = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one person as an expression over the columns of ``rule_person p``; ``guard`` must be true for there to be any."""

    sql: str
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The days of those people for whom there are any: a query of ``(subject, days)``."""

    sql: str


def compiled(rule: Rule) -> str:
    """Return the query of a rule: ``(subject, area, days)`` for everybody who is a member on any day up to ``%(horizon)s``."""
    (key, value), *_rest = rule.when.items()
    force = _force(*rule.force)
    life = "datemultirange(daterange(p.birth_on, CASE WHEN p.deceased_on <= p.birth_on THEN p.birth_on ELSE p.deceased_on END))"
    days, source = _all(rule, value if key == "all" else [rule.when])
    return (
        f"SELECT subject, area, days FROM (SELECT p.subject, p.area, ({days}) * {life}{force} AS days FROM {source} OFFSET 0) q"
        " WHERE NOT isempty(days)"
    )


def guard(rule: Rule) -> str:
    """Return what must be true of ``rule_person p`` for anybody to be a member: cheap, and enough to leave most people out."""
    (key, value), *_rest = rule.when.items()
    return _guard(_node(rule, node) for node in (value if key == "all" else [rule.when]) if "not" not in node) or "TRUE"


def _guard(found: Iterable["Days | Rows"]) -> str:
    return " AND ".join(dict.fromkeys(one.guard for one in found if isinstance(one, Days) and one.guard))


def parts(rule: Rule) -> list[tuple[tuple[int | str, ...], Node, str]]:
    """Return every part of a rule that can be told apart, with its path and its query of ``(subject, days)``: for explaining."""
    found: list[tuple[tuple[int | str, ...], Node, str]] = []

    def walk(node: Node, path: tuple[int | str, ...]) -> None:
        (key, value), *_rest = node.items()
        if key in {"all", "any"}:
            for number, inner in enumerate(value):
                walk(inner, (*path, key, number))
            if key == "any":
                found.append((path, node, _rows(_node(rule, node))))
            return
        shown = value if key == "not" else node
        found.append((path, node, _rows(_node(rule, shown))))

    walk(rule.when, ())
    return found


def _force(start: date | None, end: date | None) -> str:
    if start is None and end is None:
        return ""
    return f" * '{{[{start or ''},{end or ''})}}'::datemultirange".replace("{[,", "{(,")


def _node(rule: Rule, node: Node, within: str = "") -> Days | Rows:  # noqa: PLR0911  one for each key
    """Return the part of an expression; ``within`` narrows the people of whom rows are wanted (a query of subjects)."""
    (key, value), *rest = node.items()
    if rest:
        raise ValueError("an expression has one key")
    if key == "all":
        if all(isinstance(_node(rule, one.get("not", one)), Days) for one in value):
            return Days(f"({_all(rule, value)[0]})", _guard(_node(rule, one) for one in value if "not" not in one))
        days, source = _all(rule, value, within)
        return Rows(f"SELECT p.subject, {days} AS days FROM {source}")
    if key == "any":
        return _any(rule, value, within)
    if key in {"some", "every"}:
        return _kin(rule, value, within, every=key == "every")
    if key == "fact":
        return _fact(rule, value, within)
    if key == "age":
        return _age(rule, value)
    if key == "sex":
        is_so = f"p.sex = '{_word(value)}'"
        return Days(f"CASE WHEN {is_so} THEN {ALWAYS} ELSE {NEVER} END", is_so)
    if key == "village":  # the last three digits of a community's code: 200–399 and 500–599 (places.rules.kind_of)
        tail = "mod(p.area / 1000, 1000)"
        is_so = f"({tail} BETWEEN 200 AND 399 OR {tail} BETWEEN 500 AND 599)"
        return Days(f"CASE WHEN {is_so} THEN {ALWAYS} ELSE {NEVER} END", is_so)
    if key == "deceased":
        return Days(
            f"CASE WHEN p.deceased_on IS NULL THEN {NEVER} ELSE datemultirange(daterange(p.deceased_on, NULL)) END",
            "p.deceased_on IS NOT NULL",
        )
    raise ValueError(f"no such expression: {key}")


def _age(rule: Rule, value: Node) -> Days:
    old, young = (rule.number(value[name]) if name in value else None for name in ("from", "below"))
    if old is not None and young is not None and old >= young:
        return Days(NEVER, "FALSE")
    start = anniversary("p.birth_on", years=old or 0)
    end = anniversary("p.birth_on", years=young) if young is not None else "NULL"
    days = f"CASE WHEN p.birth_on IS NULL THEN {NEVER} ELSE datemultirange(daterange({start}, {end})) END"
    return Days(days, f"p.birth_on <= (%(horizon)s::date - interval '{12 * old} months')::date" if old else "")


def anniversary(day: str, *, years: int = 0, months: int = 0) -> str:
    """Return the SQL of the day so much later; where the month is too short, the first day of the next one (``codes.age_on``)."""
    if not years and not months:
        return day
    later = f"({day} + interval '{12 * years + months:d} months')::date"
    return f"({later} + (extract(day FROM {later}) <> extract(day FROM {day}))::int)"


def _fact(rule: Rule, value: Node, within: str) -> Rows:
    codes = f" AND code IN ({', '.join(repr(_word(code)) for code in value['codes'])})" if "codes" in value else ""
    only = f" AND subject IN ({within})" if within else ""
    lines = f"FROM rule_line WHERE kind = '{_word(value['kind'])}'{codes}{only}"
    months = rule.number(value.get("months", 0))
    if not months:
        return Rows(f"SELECT subject, range_agg(valid) AS days {lines} GROUP BY subject")
    later = anniversary("lower(period)", months=months)
    return Rows(
        f"SELECT subject, range_agg(daterange({later}, upper(period))) AS days"
        f" FROM (SELECT subject, unnest(range_agg(valid)) AS period {lines} GROUP BY subject) run"
        f" WHERE upper(period) IS NULL OR {later} < upper(period) GROUP BY subject"
    )


def _kin(rule: Rule, value: Node, within: str, *, every: bool) -> Rows:
    who, part = _word(value["who"]), _node(rule, value["is"])
    only = f" AND k.subject IN ({within})" if within else ""
    if isinstance(part, Days):  # asked of the other one: the same columns under the same name
        held, days, joined = "q.days", part.sql, " AND NOT isempty(q.days)" if not every else ""
        asked = f"(SELECT p.subject, {days} AS days FROM rule_person p{f' WHERE {part.guard}' if part.guard else ''}) q"
        asked += f" ON q.subject = k.other{joined}"
    else:
        held, asked = "q.days", f"({part.sql}) q ON q.subject = k.other"
    if not every:
        return Rows(
            f"SELECT k.subject, range_agg(k.valid * {held}) AS days FROM rule_kin k JOIN {asked}"
            f" WHERE k.who = '{who}'{only} GROUP BY k.subject"
        )
    least = int(value.get("least", 1))
    if who in OF_BLOOD:
        days = f"range_intersect_agg(coalesce({held}, {NEVER}))"
    else:
        days = f"range_intersect_agg(coalesce({held}, {NEVER}) + ({ALWAYS} - k.valid)) * range_agg(k.valid)"
    return Rows(
        f"SELECT k.subject, {days} AS days FROM rule_kin k LEFT JOIN {asked}"
        f" WHERE k.who = '{who}'{only} GROUP BY k.subject HAVING count(*) >= {least}"
    )


def _all(rule: Rule, nodes: list[Node], within: str = "") -> tuple[str, str]:
    """Return the days of an intersection as an expression over its source, which reads ``rule_person p`` and what is joined to it."""
    wanted = [_node(rule, node) for node in nodes if "not" not in node]
    if not wanted:
        raise ValueError("a rule says at least once what somebody is")
    guarded = _guard(wanted)
    if guarded:
        within = f"SELECT p.subject FROM rule_person p WHERE {guarded}" + (
            f" AND p.subject IN ({within})" if within else ""
        )
    factors, minus, joins = list[str](), list[str](), ""
    for number, node in enumerate(nodes):
        one = _node(rule, node.get("not", node), within)
        if "not" in node:
            minus.append(f"({one.sql})" if isinstance(one, Days) else f"coalesce(n{number}.days, {NEVER})")
            joins += (
                "" if isinstance(one, Days) else f" LEFT JOIN ({one.sql}) n{number} ON n{number}.subject = p.subject"
            )
        elif isinstance(one, Days):
            factors.append(f"({one.sql})")
        else:
            factors.append(f"r{number}.days")
            joins = f" JOIN ({one.sql}) r{number} ON r{number}.subject = p.subject" + joins
    days = " * ".join(factors)
    if minus:
        days = f"({days}) - " + " - ".join(minus)
    return days, f"rule_person p{joins}" + (f" WHERE {guarded}" if guarded else "")


def _any(rule: Rule, nodes: list[Node], within: str) -> Days | Rows:
    found = [_node(rule, node, within) for node in nodes]
    if all(isinstance(one, Days) for one in found):
        guards = [one.guard for one in found if isinstance(one, Days)]
        return Days(
            "(" + " + ".join(f"({one.sql})" for one in found) + ")", f"({' OR '.join(guards)})" if all(guards) else ""
        )
    together = " UNION ALL ".join(_rows(one, within) for one in found)
    return Rows(f"SELECT subject, range_agg(days) AS days FROM ({together}) u GROUP BY subject")


def _rows(part: Days | Rows, within: str = "") -> str:
    if isinstance(part, Rows):
        return part.sql
    only = f" WHERE p.subject IN ({within})" if within else ""
    return f"SELECT subject, days FROM (SELECT p.subject, {part.sql} AS days FROM rule_person p{only}) d WHERE NOT isempty(days)"


def _word(text: str) -> str:
    """Return a word of the rule's vocabulary as it may stand in SQL; anything else is refused."""
    if not WORD.fullmatch(text):
        raise ValueError(f"not a word of a rule: {text!r}")
    return text
