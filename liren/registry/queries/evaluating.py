"""Works rules out over the registry's tables: for a set of people or for all of an area, by the same compiled text.

``rule_person``, ``rule_line`` and ``rule_kin`` are what ``rules.compiling`` reads. For a few people they are parts of one
statement, for a county temporary tables of the transaction. People outside of the set are looked at as far as they are kin or
live in the same household: whose facts a rule reads is everybody's whom it asks about.
"""
# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

from liren.base.rows import asked
from liren.registry.queries.categories import loaded_rules
from liren.registry.rules.categories import HORIZON_DAYS, Rule, facts_named, kin_of_kin, read_by
from liren.registry.rules.compiling import BEGIN, END, NEVER, OF_BLOOD, compiled, guard, number
from liren.registry.rules.kinship import INVERSE, MARRIED

KIN_KINDS = ("relation", "marriage")
TIES = (*KIN_KINDS, "member")
ALONE = ("residence", "away", "member")
"""Of these kinds one line speaks at a time: the one that began later (``rules.present_state``)."""

_STANDS = (
    "NOT f.is_void AND NOT EXISTS (SELECT FROM registry_fact n WHERE n.replaces = f.id AND n.replaces IS NOT NULL{})"
)
STANDS = _STANDS.format(" OFFSET 0")
"""A line ``f`` counts: it is not void and no other replaces it. Looked up in the index for each line; without OFFSET the planner, who takes
every set of lines for a handful under row security, compares each of them with every line that was ever replaced."""
ALL_THAT_STAND = _STANDS.format("")
"""The same of a whole area's lines, in one join: only under ``base.rows.whole``."""
SAID = "f.id, f.subject, f.kind, f.code, f.household, f.other, f.valid_from, f.valid_until"


def spoken(lines: str) -> str:
    """Return the query of the days on which each of ``lines`` counts, of people who may have several of a kind."""
    before = (
        "PARTITION BY subject, kind ORDER BY valid_from DESC, id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    )
    return (
        f"SELECT id, subject, kind, code, household, CASE WHEN kind IN {ALONE} THEN datemultirange(period)"
        f" - coalesce(range_agg(period) OVER ({before}), {NEVER}) ELSE datemultirange(period) END AS days"
        f" FROM (SELECT *, daterange(valid_from, coalesce(valid_until, 'infinity')) AS period FROM {lines}) line"
    )


SORT, WORD = number("f.kind"), number("f.kind || ' ' || f.code")
LINE = "subject, sort, word, since, until, alone, kind, code, other, valid_from, valid_until"
"""The columns of ``rule_line``: when a kind and code holds, and the very lines of which reasons tell."""
_TOLD = f"""
SELECT f.subject, {SORT} AS sort, {WORD} AS word, {END} AS since, {BEGIN} AS until, FALSE AS alone, f.kind, f.code, f.other, f.valid_from,
       f.valid_until FROM rule_fact f"""
MERGED = f"""
SELECT subject, {SORT}, {WORD}, lower(period), upper(period), FALSE, kind, code, NULL::bigint, NULL::date, NULL::date
  FROM (SELECT subject, kind, code, unnest(range_agg(days)) AS period FROM rule_spoken GROUP BY subject, kind, code) f
"""
HOMES = """
SELECT subject, household, lower(period) AS since, upper(period) AS until
  FROM (SELECT subject, household, unnest(days) AS period FROM rule_spoken WHERE kind = 'member') apart
"""
"""Where people live and when, of those who may have lived with several households."""
TIE = """
SELECT f.subject, hashtextextended(CASE f.kind WHEN 'marriage' THEN 'spouse' ELSE f.code END, 0) AS word, f.other, f.valid_from AS since,
       coalesce(f.valid_until, 'infinity') AS until"""
_MATE = """
SELECT a.subject, 'mate' AS who, b.subject AS other, greatest(a.since, b.since) AS since, least(a.until, b.until) AS until
  FROM rule_home a JOIN rule_home b ON b.household = a.household AND b.subject <> a.subject
 WHERE a.since < b.until AND b.since < a.until{only}
"""


def _pairs(who: str) -> str:
    """Return the query of ``(subject, other, since, until)`` of one kind of kin, said by either side."""
    said = f"SELECT subject, other, since, until FROM rule_tie WHERE word = {number(repr(who))}"
    if who not in INVERSE:
        return said
    inverse = f"SELECT other, subject, since, until FROM rule_tie WHERE word = {number(repr(INVERSE[who]))} AND other IS NOT NULL"
    return f"{said} UNION ALL {inverse}"


def kin(who: Iterable[str], *, of: str = "TRUE", guards: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the relation of kin: of blood for ever, others for the time that the lines say.

    ``of`` says whose kin is asked for; ``guards`` for one kind of kin what must be true of a ``rule_person p`` who has any.
    """
    found: list[str] = []
    for one in sorted(set(who)):
        only = f" AND subject IN (SELECT p.subject FROM rule_person p WHERE {guards[one]})" if guards.get(one) else ""
        pairs = f"FROM ({_pairs(one)}) pair WHERE {of}{only}"
        if one == "mate":
            found.append(
                f"SELECT * FROM ({_MATE.format(only=only.replace('subject', 'a.subject', 1))}) pair WHERE {of}"
            )
        elif one in OF_BLOOD:
            found.append(
                f"SELECT subject, '{one}' AS who, other, {BEGIN} AS since, {END} AS until FROM (SELECT DISTINCT subject, other {pairs}) kin"
            )
        else:
            found.append(
                f"SELECT subject, '{one}' AS who, other, lower(period) AS since, upper(period) AS until FROM ("
                f"SELECT subject, other, unnest(range_agg(daterange(since, until))) AS period {pairs} GROUP BY subject, other) kin"
            )
    every = " UNION ALL ".join(found) or (
        f"SELECT 0::bigint AS subject, ''::text AS who, 0::bigint AS other, {BEGIN} AS since, {END} AS until WHERE FALSE"
    )
    return (
        "SELECT every.subject, who, other, since, until, area, sex, birth_on, deceased_on"
        f" FROM ({every}) every LEFT JOIN rule_person o ON o.subject = every.other"
    )


@dataclass(frozen=True, slots=True)
class Needs:
    """What a set of rules reads: kinds of lines, their reasons included, whose kin, and the kinds of lines that make kin."""

    lines: tuple[str, ...]
    who: tuple[str, ...]
    ties: tuple[str, ...]

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> "Needs":
        """Return what ``rules`` read."""
        kinds, who = set[str](), set[str]()
        for rule in rules:
            for whose, kind in read_by(rule.when):
                if kind not in TIES:
                    kinds.add(kind)
                who.add(whose)
            kinds |= facts_named(rule.when)
            for whose, told in rule.mentions():
                kinds.update(told)
                who.add(whose)
        who.discard("self")
        ties = (*(KIN_KINDS if who - {"mate"} else ()), *(("member",) if "mate" in who else ()))
        return cls(tuple(sorted(kinds)), tuple(sorted(who)), ties)

    def tied(self) -> str:
        """Return what must be true of a line ``f`` that makes two people kin of those kinds for which the rules ask."""
        codes = sorted({*self.who, *(INVERSE[one] for one in self.who if one in INVERSE)})
        related = f"f.kind = 'relation' AND f.code IN {listed(codes)}"
        if "spouse" not in self.who:
            return related
        return f"({related} OR f.kind = 'marriage' AND f.other IS NOT NULL AND f.code IN {MARRIED})"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return all kinds of lines that are read."""
        return tuple(sorted({*self.lines, *self.ties}))

    def hear(self, kind: str, code: str) -> bool:
        """Say whether a line may change whom the rules name or what their reasons tell; who is a grandparent, say, no rule asks."""
        if kind in self.lines or kind == "death":
            return True
        if kind == "relation":
            return code in self.who or INVERSE.get(code) in self.who
        return kind in self.ties


def guards(rules: Sequence[Rule]) -> dict[str, str]:
    """Return for each kind of kin what must be true of those who are asked for theirs; nothing where anybody may be."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        asked = {whose for whose, _kind in read_by(rule.when)} | {whose for whose, _kinds in rule.mentions()}
        deeper = kin_of_kin(rule.when)
        for who in asked - {"self"}:
            found.setdefault(who, set()).add("TRUE" if who in deeper else guard(rule))
    return {
        who: "" if "TRUE" in each else " OR ".join(f"({one})" for one in sorted(each)) for who, each in found.items()
    }


def fresh(rules: Sequence[Rule]) -> str:
    """Return the query of all memberships that begin up to ``%(horizon)s``: a row for each period of each rule."""
    each = " UNION ALL ".join(
        f"SELECT subject, area, '{rule.code}' AS category, {rule.key}::bigint AS rule, since, until FROM ({compiled(rule)}) c"
        for rule in rules
    )
    return (
        f"SELECT row_number() OVER () AS n, subject, area, category, rule, CASE WHEN since = {BEGIN} THEN '1900-01-01' ELSE since END"
        f" AS valid_from, nullif(until, {END}) AS valid_until FROM ({each}) every WHERE since <= %(horizon)s"
    )


def proof(rules: Sequence[Rule]) -> str:
    """Return the query of what the reasons are told from: ``(n, evidence)`` of the rows of ``rule_fresh``."""
    mentioned: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for rule in rules:
        for mention in rule.mentions():
            mentioned.setdefault(mention, []).append(rule.code)
    told: list[str] = []
    line = "l.kind, l.code, l.valid_from, l.valid_until, l.other"
    for (who, kinds), codes in sorted(mentioned.items()):
        listed, of = ", ".join(f"'{one}'" for one in codes), ", ".join(number(f"'{one}'") for one in kinds)
        overlaps = (
            "l.valid_from < coalesce(m.valid_until, 'infinity') AND m.valid_from < coalesce(l.valid_until, 'infinity')"
        )
        if who == "self":
            told.append(
                f"SELECT m.n, 'self', CASE WHEN l.kind = 'guardian' THEN l.other END, {line} FROM rule_fresh m"
                f" JOIN rule_line l ON l.subject = m.subject WHERE m.category IN ({listed}) AND l.sort IN ({of}) AND {overlaps}"
            )
        else:
            told.append(
                f"SELECT m.n, '{who}', k.other, {line} FROM rule_fresh m JOIN rule_kin k ON k.subject = m.subject"
                f" AND k.who = '{who}' JOIN rule_line l ON l.subject = k.other WHERE m.category IN ({listed})"
                f" AND l.sort IN ({of}) AND {overlaps}"
            )
    if not told:
        return "SELECT 0::bigint AS n, '[]'::jsonb AS evidence WHERE FALSE"
    return (
        "SELECT n, jsonb_agg(jsonb_build_array(who, whom::text, kind, code, since, until) ORDER BY who, whom, since, kind, code, until)"
        f" AS evidence FROM ({' UNION '.join(told)}) t(n, who, whom, kind, code, since, until, other) GROUP BY n"
    )


# Arrays, not joins: one walk through an index for all of them. A join reads all lines there are, or works the scope out for each of them.
_THEM = "ANY (ARRAY(SELECT subject FROM asked))"
REACHED = f"""SELECT subject FROM asked
   UNION SELECT other FROM registry_fact WHERE subject = {_THEM} AND kind IN {KIN_KINDS} AND other IS NOT NULL
   UNION SELECT subject FROM registry_fact WHERE other = {_THEM} AND kind IN {KIN_KINDS}
   UNION SELECT subject FROM registry_fact WHERE kind = 'member' AND household = ANY (
     ARRAY(SELECT DISTINCT household FROM registry_fact WHERE subject = {_THEM} AND kind = 'member'))"""

# A few people: one statement.

_FEW = """
asked AS MATERIALIZED (SELECT unnest(%(subjects)s::bigint[]) AS subject),
people AS MATERIALIZED (
  {reached}
),
rule_person AS MATERIALIZED (
  SELECT p.subject, p.area, p.sex, p.birth_on, p.deceased_on FROM people JOIN registry_person p ON p.id = people.subject
),
rule_fact AS MATERIALIZED (
  SELECT {said} FROM people JOIN registry_fact f ON f.subject = people.subject WHERE f.kind IN {kinds} AND {stands} {extra}
),
rule_spoken AS MATERIALIZED ({spoken}),
rule_line AS MATERIALIZED ({line}),
rule_home AS ({homes}),
rule_tie AS ({tie} FROM rule_fact f WHERE {tied}),
rule_kin AS MATERIALIZED ({rule_kin})
"""
_EXTRA = """ UNION ALL
  SELECT x.id, x.subject, 'confidential', x.code, NULL, NULL, x.valid_from, x.valid_until
    FROM unnest(%(x_id)s::bigint[], %(x_subject)s::bigint[], %(x_code)s::text[], %(x_from)s::date[], %(x_until)s::date[])
      AS x(id, subject, code, valid_from, valid_until)"""


def few(rules: Sequence[Rule], *, unsealed: bool = False) -> str:
    """Return the parts of a statement over ``%(subjects)s``; ``unsealed`` adds confidential lines that were opened before."""
    needs = Needs.of(rules)
    return _FEW.format(
        reached=REACHED,
        said=SAID,
        kinds=listed(needs.kinds),
        stands=STANDS,
        spoken=spoken("rule_fact"),
        line=f"{_TOLD} UNION ALL {MERGED}",
        homes=HOMES,
        tie=TIE,
        tied=needs.tied(),
        rule_kin=kin(needs.who, of="subject IN (SELECT subject FROM asked)"),
        extra=_EXTRA if unsealed else "",
    )


def listed(words: Sequence[str]) -> str:
    """Return words as the right side of an IN, never an empty one."""
    return "(" + ", ".join(f"'{word}'" for word in (*words, "-")) + ")"


class Told(Protocol):
    """A line as far as it says whom it is about."""

    kind: str
    code: str
    subject: int
    other: int | None


def concerned(lines: Iterable[Told]) -> set[int]:
    """Return whom lines are about that any rule of any pack reads: of all others the lists stay as they are."""
    needs = Needs.of(loaded_rules())
    found = set[int]()
    for one in lines:
        if needs.hear(one.kind, one.code):
            found.add(one.subject)
            if one.other is not None:
                found.add(one.other)
    return found


def depending(subjects: Iterable[int]) -> list[int]:
    """Return whose memberships may change with the facts of ``subjects``: they, their kin, and who lives or lived with them."""
    reached = f"WITH asked AS (SELECT unnest(%(subjects)s::bigint[]) AS subject) {REACHED} ORDER BY 1"
    return [row[0] for row in asked(reached, {"subjects": list(subjects)})]


def horizon(on: date) -> date:
    """Return up to which beginning memberships are kept on a day."""
    return on + timedelta(days=HORIZON_DAYS)
