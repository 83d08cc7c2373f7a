"""Turns the expression of a category into SQL: one meaning for a whole county and for one person.

An expression is compiled to the *periods* in which it holds, rows of ``(subject, since, until)``: "younger than 16" is from the
birth to the 16th birthday, "away for six months" from six months after leaving to the return. ``all`` takes the later beginning
and the earlier end, ``any`` unites, ``not`` subtracts. Nobody's periods touch or overlap, whatever they were made of: a
membership's start, its end, its history and the next day on which it turns all fall out of them, and no clock is read.

Days are compared as they are, and become a ``datemultirange`` only where several periods of one person meet: that costs ten
times as much, and hardly anybody has two. What is open has the bounds ``-infinity`` and ``infinity``.

The SQL reads three relations, which its user provides with the same columns whether they hold a county or one family:
``rule_person(subject, area, sex, birth_on, deceased_on)``, ``rule_line(subject, sort, word, since, until, alone)`` and
``rule_kin(subject, who, other, since, until, area, sex, birth_on, deceased_on)``, which says of the other one what ``rule_person``
says. Lines of one person, kind and code neither touch nor overlap; where ``alone`` there is no other line of that kind at all.
Kind (``sort``) and code (``word``) of a line are numbers (``number``): a rule compares them with every line there is.
"""
# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from liren.registry.rules.categories import Node, Rule

BEGIN, END = "'-infinity'::date", "'infinity'::date"
ALWAYS = "'{[-infinity,infinity)}'::datemultirange"
NEVER = "'{}'::datemultirange"
OF_BLOOD = frozenset({"parent", "child", "sibling", "grandparent", "grandchild"})
WORD = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Span:
    """One period of each ``p`` (somebody's own columns, or those of kin): from the last of ``lows`` until the first of ``highs``, for those of whom ``must`` is true.

    A bound that is NULL is none. ``hint`` is true of everybody for whom it begins up to ``%(horizon)s``; ``opposite`` are the days
    on which it does not hold, where they are one period as well.
    """

    lows: tuple[str, ...] = ()
    highs: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    hint: str = ""
    opposite: "Span | None" = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The periods of those people for whom there are any: a query of ``(subject, since, until)``, and one of ``(subject, days)``."""

    rows: str
    days: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """Of whom an ``all`` is asked: the relation that names them, and what its columns say of the days."""

    source: str
    subject: str
    asked: str
    columns: tuple[str, ...] = ()
    lows: tuple[str, ...] = ()
    highs: tuple[str, ...] = ()
    must: tuple[str, ...] = ()


ONESELF = Anchor("rule_person p", "p.subject", "p.subject")


def compiled(rule: Rule) -> str:
    """Return the query of a rule: ``(subject, area, since, until)`` of everybody who becomes a member up to ``%(horizon)s``."""
    since, until = rule.force
    everybody = Anchor(
        "rule_person p",
        "p.subject",
        "p.subject",
        ("p.area",),
        ("p.birth_on", *([f"'{since}'::date"] if since else [])),
        ("p.deceased_on", *([f"'{until}'::date"] if until else [])),
    )
    return _all(rule, _asked(rule), everybody, hinted=True).rows


def guard(rule: Rule) -> str:
    """Return what must be true of ``rule_person p`` for anybody to be a member: cheap, and enough to leave most people out."""
    return _guard(_node(rule, node) for node in _asked(rule) if "not" not in node) or "TRUE"


def _asked(rule: Rule) -> Sequence[Node]:
    (key, value), *_rest = rule.when.items()
    return value if key == "all" else [rule.when]


def _guard(found: Iterable[Span | Rows]) -> str:
    """Return what is known of people before anything is joined, but for what leaves hardly anybody out."""
    said = [text for one in found if isinstance(one, Span) for text in (*one.must, one.hint) if text]
    return " AND ".join(dict.fromkeys(text for text in said if not text.endswith(" IS NOT NULL")))


def parts(rule: Rule) -> list[tuple[tuple[int | str, ...], Node, str]]:
    """Return every part of a rule that can be told apart, with its path and its query of ``(subject, days)``: for explaining."""
    found: list[tuple[tuple[int | str, ...], Node, str]] = []

    def walk(node: Node, path: tuple[int | str, ...]) -> None:
        (key, value), *_rest = node.items()
        if key in {"all", "any"}:
            for number, inner in enumerate(value):
                walk(inner, (*path, key, number))
            if key == "any":
                found.append((path, node, _rows(_node(rule, node)).days))
            return
        shown = value if key == "not" else node
        found.append((path, node, _rows(_node(rule, shown)).days))

    walk(rule.when, ())
    return found


def _node(rule: Rule, node: Node, within: str = "") -> Span | Rows:  # noqa: PLR0911  one for each key
    """Return the part of an expression; ``within`` narrows the people of whose kin rows are wanted (a query of subjects)."""
    (key, value), *rest = node.items()
    if rest:
        raise ValueError("an expression has one key")
    if key == "all":
        return _spans(rule, value) or _all(rule, value, ONESELF, within)
    if key == "any":
        return _any(rule, value, within)
    if key in {"some", "every"}:
        return _kin(rule, value, within, every=key == "every")
    if key == "fact":
        return _fact(rule, value)
    if key == "age":
        return _age(rule, value)
    if key == "sex":
        return _true(f"p.sex = '{_word(value)}'")
    if key == "village":  # the last three digits of a community's code: 200–399 and 500–599 (places.rules.kind_of)
        tail = "mod(p.area / 1000, 1000)"
        return _true(f"({tail} BETWEEN 200 AND 399 OR {tail} BETWEEN 500 AND 599)")
    if key == "deceased":
        return _from("p.deceased_on", "p.deceased_on")
    raise ValueError(f"no such expression: {key}")


def _true(condition: str) -> Span:
    """Return what holds on all days or on none."""
    return Span(must=(condition,), opposite=Span(must=(f"({condition}) IS NOT TRUE",)))


def _from(day: str, column: str, hint: str = "") -> Span:
    """Return what holds from a day on that is worked out from a column, and never where the column is NULL."""
    return Span(lows=(day,), must=(f"{column} IS NOT NULL",), hint=hint, opposite=Span(highs=(day,)))


def _age(rule: Rule, value: Node) -> Span:
    old, young = (rule.number(value[name]) if name in value else None for name in ("from", "below"))
    if old is not None and young is not None and old >= young:
        return Span(must=("FALSE",), opposite=Span())
    start = anniversary("p.birth_on", years=old or 0)
    hint = f"p.birth_on <= (%(horizon)s::date - interval '{12 * old} months')::date" if old else ""
    if young is None:
        return _from(start, "p.birth_on", hint)
    return Span((start,), (anniversary("p.birth_on", years=young),), ("p.birth_on IS NOT NULL",), hint)


def anniversary(day: str, *, years: int = 0, months: int = 0) -> str:
    """Return the SQL of the day so much later; where the month is too short, the first day of the next one (``codes.age_on``).

    PostgreSQL gives the last day of a month that is too short: a day later than what it gives for the eve is right there, and
    no later than the day itself anywhere else.
    """
    if not years and not months:
        return day
    later = f"interval '{12 * years + months:d} months'"
    return f"greatest(({day} + {later})::date, ({day} - 1 + {later})::date + 1)"


def number(text: str) -> str:
    """Return the SQL of the number that stands for a text: of a kind, or of kind and code with a blank between."""
    return f"hashtextextended({text}, 0)"


def _fact(rule: Rule, value: Node) -> Rows:
    kind, codes = _word(value["kind"]), [_word(code) for code in value.get("codes", ())]
    lines = f"FROM rule_line WHERE sort = {number(repr(kind))}"
    if codes:
        lines += f" AND word IN ({', '.join(number(repr(f'{kind} {code}')) for code in codes)})"
    if len(codes) == 1:
        rows = f"SELECT subject, since, until {lines} AND since < until"
    else:
        several = f"SELECT subject, range_agg(daterange(since, until)) AS days {lines} AND NOT alone AND since < until GROUP BY subject"
        rows = f"SELECT subject, since, until {lines} AND alone UNION ALL {_periods(several)}"
    months = rule.number(value.get("months", 0))
    if months:
        later = anniversary("since", months=months)
        rows = f"SELECT subject, {later} AS since, until FROM ({rows}) line WHERE {later} < until"
    return _told(rows)


def _told(rows: str) -> Rows:
    """Return a query of ``(subject, since, until)`` in both ways of writing."""
    return Rows(rows, f"SELECT subject, range_agg(daterange(since, until)) AS days FROM ({rows}) told GROUP BY subject")


def _together(days: str) -> Rows:
    """Return a query of ``(subject, days)`` in both ways of writing."""
    return Rows(_periods(days), days)


def _periods(days: str) -> str:
    return (
        "SELECT subject, lower(period) AS since, upper(period) AS until"
        f" FROM (SELECT subject, unnest(days) AS period FROM ({days}) several) apart"
    )


def _kin(rule: Rule, value: Node, within: str, *, every: bool) -> Rows:
    who, part = _word(value["who"]), value["is"]
    asked = (f"p.who = '{who}'", *([f"p.subject IN ({within})"] if within else []))
    if every and who not in OF_BLOOD:
        return _every_in_time(rule, value, " AND ".join(asked))
    (key, inner), *_rest = part.items()
    since, until = ("", "") if who in OF_BLOOD else ("p.since", "p.until")
    anchor = Anchor(
        "rule_kin p", "p.subject", "p.other", ("p.other",), (since,) if since else (), (until,) if until else (), asked
    )
    text, pieces = _chosen(rule, inner if key == "all" else [part], anchor)
    if not every:
        return _together(f"SELECT subject, range_agg({pieces}) AS days FROM {text} GROUP BY subject")
    least = int(value.get("least", 1))
    return _together(
        "SELECT e.subject, range_intersect_agg(e.days) AS days"
        f" FROM (SELECT subject, other, range_agg({pieces}) AS days FROM {text} GROUP BY subject, other) e"
        f" JOIN (SELECT subject, count(*) AS many FROM rule_kin WHERE who = '{who}' GROUP BY subject HAVING count(*) >= {least}) a"
        " ON a.subject = e.subject WHERE NOT isempty(e.days) GROUP BY e.subject, a.many HAVING count(*) = a.many"
    )


def _every_in_time(rule: Rule, value: Node, asked: str) -> Rows:
    """Return the days on which everybody who is kin then, a spouse or house mate, is so; with nobody there are none."""
    part, held = _rows(_node(rule, value["is"])), "datemultirange(daterange(p.since, p.until))"
    return _together(
        f"SELECT p.subject, range_intersect_agg(coalesce(q.days, {NEVER}) + ({ALWAYS} - {held})) * range_agg({held}) AS days"
        f" FROM rule_kin p LEFT JOIN ({part.days}) q ON q.subject = p.other WHERE {asked}"
        f" GROUP BY p.subject HAVING count(DISTINCT p.other) >= {int(value.get('least', 1))}"
    )


def _spans(rule: Rule, nodes: Sequence[Node]) -> Span | None:
    """Return an intersection of which every part is one period as one period; nothing where one is not."""
    lows, highs, must, hints = list[str](), list[str](), list[str](), list[str]()
    for node in nodes:
        one: Span | Rows | None = _node(rule, node.get("not", node))
        if "not" in node:
            one = one.opposite if isinstance(one, Span) else None
        if not isinstance(one, Span):
            return None
        lows += one.lows
        highs += one.highs
        must += one.must
        hints += [one.hint] if one.hint else []
    return Span(tuple(lows), tuple(highs), tuple(dict.fromkeys(must)), " AND ".join(dict.fromkeys(hints)))


def _all(rule: Rule, nodes: Sequence[Node], anchor: Anchor, within: str = "", *, hinted: bool = False) -> Rows:
    """Return an intersection: what each part says of those whom ``anchor`` names, where ``hinted`` only of those with a beginning."""
    guarded = _guard(_node(rule, node) for node in nodes if "not" not in node) if hinted else ""
    if guarded:
        within = f"SELECT p.subject FROM rule_person p WHERE {guarded}"
    text, pieces = _chosen(rule, nodes, anchor, within, guarded)
    columns = "".join(f", {column.split('.')[1]}" for column in anchor.columns)
    if pieces == PLAIN:
        return _told(f"SELECT subject{columns}, since, until FROM {text}")
    return _told(
        f"SELECT subject{columns}, lower(piece) AS since, upper(piece) AS until"
        f" FROM (SELECT subject{columns}, unnest({pieces}) AS piece FROM {text}) apart"
    )


PLAIN = "daterange(since, until)"


def _chosen(rule: Rule, nodes: Sequence[Node], anchor: Anchor, within: str = "", guarded: str = "") -> tuple[str, str]:
    """Return the rows of an intersection, ``subject, since, until`` and what is to be taken off, and the range that is left of each."""
    if all("not" in node for node in nodes):
        raise ValueError("a rule says at least once what somebody is")
    lows, highs, must = [BEGIN, *anchor.lows], [END, *anchor.highs], [*anchor.must]
    must += [guarded] if guarded else []
    joins, minus = "", list[str]()
    for number, node in enumerate(nodes):
        one: Span | Rows = _node(rule, node.get("not", node), within)
        is_not = "not" in node
        if is_not and isinstance(one, Span) and one.opposite is not None:
            one, is_not = one.opposite, False
        if is_not:
            joins += f" LEFT JOIN ({_rows(one).days}) n{number} ON n{number}.subject = {anchor.asked}"
            minus.append(f"n{number}")
        elif isinstance(one, Span):
            lows, highs, must = [*lows, *one.lows], [*highs, *one.highs], [*must, *one.must]
        else:
            joins = f" JOIN ({one.rows}) r{number} ON r{number}.subject = {anchor.asked}" + joins
            lows, highs = [*lows, f"r{number}.since"], [*highs, f"r{number}.until"]
    columns = "".join(f", {column}" for column in (*anchor.columns, *(f"{one}.days AS {one}" for one in minus)))
    where = f" WHERE {' AND '.join(dict.fromkeys(must))}" if must else ""
    text = (
        f"(SELECT {anchor.subject}{columns}, greatest({', '.join(dict.fromkeys(lows))}) AS since,"
        f" least({', '.join(dict.fromkeys(highs))}) AS until FROM {anchor.source}{joins}{where} OFFSET 0) chosen WHERE since < until"
    )
    if not minus:
        return text, PLAIN
    left = f"datemultirange({PLAIN})" + "".join(f" - coalesce({one}, {NEVER})" for one in minus)
    bare = " AND ".join(f"{one} IS NULL" for one in minus)
    return text, f"CASE WHEN {bare} THEN datemultirange({PLAIN}) ELSE {left} END"


def _any(rule: Rule, nodes: Sequence[Node], within: str) -> Span | Rows:
    found = [_node(rule, node, within) for node in nodes]
    bare = [one for one in found if isinstance(one, Span) and not one.lows and not one.highs]
    if len(bare) == len(found):
        return _true(f"({' OR '.join(' AND '.join(one.must) or 'TRUE' for one in bare)})")
    together = " UNION ALL ".join(_rows(one).rows for one in found)
    return _together(
        f"SELECT subject, range_agg(daterange(since, until)) AS days FROM ({together}) united GROUP BY subject"
    )


def _rows(part: Span | Rows) -> Rows:
    if isinstance(part, Rows):
        return part
    where = f" WHERE {' AND '.join(part.must)}" if part.must else ""
    return _told(
        f"SELECT subject, since, until FROM (SELECT p.subject, greatest({', '.join((BEGIN, *part.lows))}) AS since,"
        f" least({', '.join((END, *part.highs))}) AS until FROM rule_person p{where} OFFSET 0) span WHERE since < until"
    )


def _word(text: str) -> str:
    """Return a word of the rule's vocabulary as it may stand in SQL; anything else is refused."""
    if not WORD.fullmatch(text):
        raise ValueError(f"not a word of a rule: {text!r}")
    return text
