"""Works rules out over the registry's tables: for a set of people or for all of an area, by the same compiled text.

``rule_person``, ``rule_line`` and ``rule_kin`` are what ``rules.compiling`` reads. For a few people they are parts of one
statement, for a county temporary tables of the transaction. People outside of the set are looked at as far as they are kin or
live in the same household: whose facts a rule reads is everybody's whom it asks about.
"""
# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from liren.registry.rules.categories import HORIZON_DAYS, Rule, read_by
from liren.registry.rules.compiling import ALWAYS, NEVER, OF_BLOOD, compiled, guard
from liren.registry.rules.kinship import INVERSE, MARRIED

KIN_KINDS = ("relation", "marriage")
ALONE = ("residence", "away", "member")
"""Of these kinds one line speaks at a time: the one that began later (``rules.present_state``)."""
MEMORY = "256MB"

_STANDS = (
    "NOT f.is_void AND NOT EXISTS (SELECT FROM registry_fact n WHERE n.replaces = f.id AND n.replaces IS NOT NULL)"
)
_COLUMNS = (
    "f.id, f.subject, f.kind, f.code, f.household, f.other, f.valid_from, daterange(f.valid_from, f.valid_until) AS period,"
    " datemultirange(daterange(f.valid_from, f.valid_until)) AS valid"
)
_SPEAKS = f"""datemultirange(period) - coalesce(range_agg(period) OVER (
    PARTITION BY subject, kind ORDER BY valid_from DESC, id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
), {NEVER}) AS valid"""
_NAMES = "id, subject, kind, code, household, other, valid_from, period"
_LINE = f"""
SELECT {_NAMES}, {_SPEAKS} FROM rule_fact WHERE kind IN {ALONE}
 UNION ALL
SELECT {_NAMES}, valid FROM rule_fact WHERE kind NOT IN {ALONE}
"""
_SEVERAL = f"""
UPDATE rule_line l SET valid = w.valid FROM (
  SELECT id, {_SPEAKS} FROM rule_line WHERE kind IN {ALONE} AND (subject, kind) IN (
    SELECT subject, kind FROM rule_line WHERE kind IN {ALONE} GROUP BY subject, kind HAVING count(*) > 1)
) w WHERE l.id = w.id
"""
_TURNED = " ".join(f"WHEN '{one}' THEN '{other}'" for one, other in INVERSE.items())
_PAIR = f"""
SELECT subject, code AS who, other, period FROM rule_line WHERE kind = 'relation'
 UNION ALL
SELECT other, CASE code {_TURNED} END, subject, period FROM rule_line WHERE kind = 'relation' AND other IS NOT NULL AND code <> 'carer'
 UNION ALL
SELECT subject, 'spouse', other, period FROM rule_line WHERE kind = 'marriage' AND other IS NOT NULL AND code IN {MARRIED}
 UNION ALL
SELECT other, 'spouse', subject, period FROM rule_line WHERE kind = 'marriage' AND other IS NOT NULL AND code IN {MARRIED}
"""
_MATE = """
SELECT a.subject, 'mate' AS who, b.subject AS other, a.valid * b.valid AS valid
  FROM rule_line a JOIN rule_line b ON b.household = a.household AND b.subject <> a.subject
 WHERE a.kind = 'member' AND b.kind = 'member' AND a.valid && b.valid
"""


def _kin(who: Iterable[str], *, of: str = "TRUE", mates: str = "TRUE") -> str:
    """Return the relation of kin: of blood for ever, others for the time that the lines say; ``mates`` says whose mates are asked for."""
    found: list[str] = []
    asked = set(who)
    blood = sorted(asked & OF_BLOOD)
    timed = sorted(asked - OF_BLOOD - {"mate"})
    if blood:
        listed = ", ".join(f"'{one}'" for one in blood)
        found.append(
            f"SELECT DISTINCT subject, who, other, {ALWAYS} AS valid FROM ({_PAIR}) pair WHERE who IN ({listed}) AND {of}"
        )
    if timed:
        listed = ", ".join(f"'{one}'" for one in timed)
        found.append(
            f"SELECT subject, who, other, range_agg(period) AS valid FROM ({_PAIR}) pair WHERE who IN ({listed}) AND {of}"
            " GROUP BY subject, who, other"
        )
    if "mate" in asked:
        asking = f"a.subject IN (SELECT p.subject FROM rule_person p WHERE {mates})"
        found.append(f"SELECT subject, who, other, valid FROM ({_MATE} AND {asking}) pair WHERE {of}")
    return " UNION ALL ".join(found) or (
        f"SELECT 0::bigint AS subject, ''::text AS who, 0::bigint AS other, {NEVER} AS valid WHERE FALSE"
    )


@dataclass(frozen=True, slots=True)
class Needs:
    """What a set of rules reads."""

    kinds: tuple[str, ...]
    who: tuple[str, ...]

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> "Needs":
        """Return what ``rules`` read, their reasons included."""
        kinds, who = set(), set()
        for rule in rules:
            for whose, kind in read_by(rule.when):
                kinds.add(kind)
                who.add(whose)
            for whose, told in rule.mentions():
                kinds.update(told)
                who.add(whose)
        who.discard("self")
        if who - {"mate"}:
            kinds.update(KIN_KINDS)
        if "mate" in who:
            kinds.add("member")
        return cls(tuple(sorted(kinds)), tuple(sorted(who)))


def fresh(rules: Sequence[Rule]) -> str:
    """Return the query of all memberships that begin up to ``%(horizon)s``: a row for each period of each rule."""
    each = " UNION ALL ".join(
        f"SELECT subject, area, '{rule.code}' AS category, {rule.key}::bigint AS rule, days FROM ({compiled(rule)}) c"
        for rule in rules
    )
    return (
        "SELECT row_number() OVER () AS n, subject, area, category, rule, coalesce(lower(period), '1900-01-01') AS valid_from,"
        " upper(period) AS valid_until"
        f" FROM ({each}) every, unnest(days) AS period WHERE (lower(period) IS NULL OR lower(period) <= %(horizon)s)"
    )


def proof(rules: Sequence[Rule]) -> str:
    """Return the query of what the reasons are told from: ``(n, evidence)`` of the rows of ``rule_fresh``."""
    mentioned: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for rule in rules:
        for mention in rule.mentions():
            mentioned.setdefault(mention, []).append(rule.code)
    told: list[str] = []
    line = "l.kind, l.code, lower(l.period), upper(l.period), l.other"
    for (who, kinds), codes in sorted(mentioned.items()):
        listed, of = ", ".join(f"'{one}'" for one in codes), ", ".join(f"'{one}'" for one in kinds)
        overlaps = "l.period && daterange(m.valid_from, m.valid_until)"
        if who == "self":
            told.append(
                f"SELECT m.n, 'self', CASE WHEN l.kind = 'guardian' THEN l.other END, {line} FROM rule_fresh m"
                f" JOIN rule_line l ON l.subject = m.subject WHERE m.category IN ({listed}) AND l.kind IN ({of}) AND {overlaps}"
            )
        else:
            told.append(
                f"SELECT m.n, '{who}', k.other, {line} FROM rule_fresh m JOIN rule_kin k ON k.subject = m.subject"
                f" AND k.who = '{who}' JOIN rule_line l ON l.subject = k.other WHERE m.category IN ({listed})"
                f" AND l.kind IN ({of}) AND {overlaps}"
            )
    if not told:
        return "SELECT 0::bigint AS n, '[]'::jsonb AS evidence WHERE FALSE"
    return (
        "SELECT n, jsonb_agg(jsonb_build_array(who, whom::text, kind, code, since, until) ORDER BY who, whom, since, kind, code, until)"
        f" AS evidence FROM ({' UNION '.join(told)}) t(n, who, whom, kind, code, since, until, other) GROUP BY n"
    )


_REACHED = f"""SELECT subject FROM asked
   UNION SELECT f.other FROM asked a JOIN registry_fact f ON f.subject = a.subject WHERE f.kind IN {KIN_KINDS} AND f.other IS NOT NULL
   UNION SELECT f.subject FROM asked a JOIN registry_fact f ON f.other = a.subject WHERE f.kind IN {KIN_KINDS}
   UNION SELECT f.subject FROM (SELECT DISTINCT f.household FROM asked a JOIN registry_fact f ON f.subject = a.subject
                                 WHERE f.kind = 'member') h JOIN registry_fact f ON f.household = h.household WHERE f.kind = 'member'"""

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
  SELECT {columns} FROM people JOIN registry_fact f ON f.subject = people.subject WHERE f.kind IN {kinds} AND {stands} {extra}
),
rule_line AS MATERIALIZED ({line}),
rule_kin AS MATERIALIZED ({rule_kin})
"""
_EXTRA = """ UNION ALL
  SELECT x.id, x.subject, 'confidential', x.code, NULL, NULL, x.valid_from, daterange(x.valid_from, x.valid_until),
         datemultirange(daterange(x.valid_from, x.valid_until))
    FROM unnest(%(x_id)s::bigint[], %(x_subject)s::bigint[], %(x_code)s::text[], %(x_from)s::date[], %(x_until)s::date[])
      AS x(id, subject, code, valid_from, valid_until)"""


def few(rules: Sequence[Rule], *, unsealed: bool = False) -> str:
    """Return the parts of a statement over ``%(subjects)s``; ``unsealed`` adds confidential lines that were opened before."""
    needs = Needs.of(rules)
    return _FEW.format(
        reached=_REACHED,
        columns=_COLUMNS,
        kinds=_listed(needs.kinds),
        stands=_STANDS,
        line=_LINE,
        rule_kin=_kin(needs.who, of="subject IN (SELECT subject FROM asked)"),
        extra=_EXTRA if unsealed else "",
    )


def _listed(words: Sequence[str]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in (*words, "-")) + ")"


def depending(subjects: Iterable[int]) -> list[int]:
    """Return whose memberships may change with the facts of ``subjects``: they, their kin, and who lives or lived with them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH asked AS (SELECT unnest(%(subjects)s::bigint[]) AS subject) {_REACHED} ORDER BY 1",
            {"subjects": list(subjects)},
        )
        return [row[0] for row in cursor.fetchall()]


# Many people, or all of an area: temporary tables.

TABLES = (
    "rule_person",
    "rule_line",
    "rule_kin",
    "rule_fresh",
    "rule_evidence",
    "rule_outside",
    "rule_due",
    "rule_otherwise",
)


@contextmanager
def laid_out(rules: Sequence[Rule], lo: int, hi: int, up_to: date) -> Iterator[str]:
    """Lay out what ``rules`` read of the people of an area as temporary tables, for a while; give the condition that finds them."""
    needs = Needs.of(rules)
    values = {"lo": lo, "hi": hi}
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'; SET LOCAL jit = off")
        _drop(cursor)
        _table(
            cursor, "rule_line",
            f"SELECT {_COLUMNS} FROM registry_fact f WHERE f.area BETWEEN %(lo)s AND %(hi)s"
            f" AND f.kind IN {_listed(needs.kinds)} AND {_STANDS}", values,
        )  # fmt: skip
        _table(
            cursor, "rule_person",
            "SELECT subject, area, sex, birth_on, deceased_on FROM registry_person WHERE area BETWEEN %(lo)s AND %(hi)s", values,
        )  # fmt: skip
        if needs.who:
            _outsiders(cursor, needs, values)
        cursor.execute(_SEVERAL)
        _table(cursor, "rule_kin", _kin(needs.who, mates=_guards(rules)), {"horizon": up_to})
        yield f"area BETWEEN {lo:d} AND {hi:d}"
        _drop(cursor)


def lay_asked(subjects: Sequence[int]) -> tuple[list[int], list[int]]:
    """Lay out as ``rule_asked`` whose memberships may change with the facts of ``subjects``; return their areas, and who has no file."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.rule_asked")
        _table(
            cursor, "rule_asked",
            f"WITH asked AS (SELECT unnest(%(subjects)s::bigint[]) AS subject) SELECT r.subject, p.area FROM ({_REACHED}) r"
            " LEFT JOIN registry_person p ON p.id = r.subject", {"subjects": list(subjects)},
        )  # fmt: skip
        cursor.execute("SELECT DISTINCT area FROM rule_asked WHERE area IS NOT NULL")
        areas = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT subject FROM rule_asked WHERE area IS NULL")
        return areas, [row[0] for row in cursor.fetchall()]


@contextmanager
def laid_out_for(rules: Sequence[Rule], areas: Sequence[int], up_to: date) -> Iterator[str]:
    """Lay out what ``rules`` read of the people of ``rule_asked`` who live in ``areas``; give the condition that finds them."""
    needs, asked = Needs.of(rules), f"(SELECT subject FROM rule_asked WHERE area IN ({_numbers(areas)}))"
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'; SET LOCAL jit = off")
        _drop(cursor)
        _table(cursor, "rule_outside", f"WITH asked AS MATERIALIZED {asked} {_REACHED}", {})
        _table(
            cursor, "rule_line",
            f"SELECT {_COLUMNS} FROM rule_outside JOIN registry_fact f ON f.subject = rule_outside.subject"
            f" WHERE f.kind IN {_listed(needs.kinds)} AND {_STANDS}", {},
        )  # fmt: skip
        _table(
            cursor, "rule_person",
            "SELECT p.subject, p.area, p.sex, p.birth_on, p.deceased_on FROM rule_outside JOIN registry_person p"
            " ON p.id = rule_outside.subject", {},
        )  # fmt: skip
        cursor.execute(_SEVERAL)
        of = f"subject IN {asked}"
        _table(cursor, "rule_kin", _kin(needs.who, of=of, mates=_guards(rules)), {"horizon": up_to})
        yield of
        _drop(cursor)


def _numbers(areas: Sequence[int]) -> str:
    return ", ".join(f"{area:d}" for area in areas)


def _guards(rules: Sequence[Rule]) -> str:
    """Return of which people the house mates are asked for."""
    return " OR ".join(f"({guard(rule)})" for rule in rules if any(who == "mate" for who, _kind in read_by(rule.when)))


def _outsiders(cursor: Any, needs: Needs, values: dict[str, int]) -> None:
    """Add kin and house mates who are kept elsewhere, with their lines."""
    cursor.execute(
        f"""
        CREATE TEMP TABLE rule_outside ON COMMIT DROP AS
        SELECT other AS subject FROM rule_line f WHERE kind IN {KIN_KINDS} AND other IS NOT NULL
           AND NOT EXISTS (SELECT FROM rule_person p WHERE p.subject = f.other)
         UNION
        SELECT f.subject FROM registry_fact f JOIN rule_person p ON p.subject = f.other
         WHERE f.kind IN {KIN_KINDS} AND f.area NOT BETWEEN %(lo)s AND %(hi)s
         UNION
        SELECT f.subject FROM registry_fact f WHERE f.kind = 'member' AND f.area NOT BETWEEN %(lo)s AND %(hi)s
           AND f.household IN (SELECT household FROM rule_line WHERE kind = 'member');
        """,
        values,
    )
    cursor.execute(
        f"INSERT INTO rule_line SELECT {_COLUMNS} FROM registry_fact f WHERE f.subject IN (SELECT subject FROM rule_outside)"
        f" AND f.kind IN {_listed(needs.kinds)} AND f.area NOT BETWEEN %(lo)s AND %(hi)s AND {_STANDS}",
        values,
    )
    cursor.execute(
        "INSERT INTO rule_person SELECT subject, area, sex, birth_on, deceased_on FROM registry_person"
        " WHERE id IN (SELECT subject FROM rule_outside) AND area NOT BETWEEN %(lo)s AND %(hi)s",
        values,
    )
    cursor.execute("ANALYZE rule_line; ANALYZE rule_person")


def _table(cursor: Any, name: str, query: str, values: dict[str, Any]) -> None:
    cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}", values)
    cursor.execute(f"ANALYZE {name}")


def _drop(cursor: Any) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in TABLES)}")


def lay_members(rules: Sequence[Rule], *, of: str, horizon: date, told: bool = True) -> int:
    """Work out the memberships of the people whom ``of`` finds into ``rule_fresh`` (and ``rule_evidence``); return how many there are."""
    with connection.cursor() as cursor:
        query = fresh(rules)
        cursor.execute("SET LOCAL enable_nestloop = off")  # how many a guard lets through is guessed far too low
        _table(cursor, "rule_fresh", f"SELECT * FROM ({query}) m WHERE {of}", {"horizon": horizon})
        if told:
            _table(cursor, "rule_evidence", proof(rules), {})
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("SELECT count(*) FROM rule_fresh")
        return int(cursor.fetchone()[0])


def horizon(on: date) -> date:
    """Return up to which beginning memberships are kept on a day."""
    return on + timedelta(days=HORIZON_DAYS)
