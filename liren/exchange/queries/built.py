"""What has been built on a batch since it was brought in: asked before it is taken back, and of each part once more while it goes."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.exchange.enums import BatchState
from liren.exchange.models import Batch
from liren.registry.queries.evaluating import STANDS

NAMED = 3
"""So many people are named for each kind of thing that was built."""


@dataclass(slots=True)
class Built:
    """What was built: by kind the people (or households) it is about, and the other imports that wrote into these files."""

    people: dict[str, set[int]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    batches: list[str] = field(default_factory=list)
    blocked: set[int] = field(default_factory=set)

    @property
    def any(self) -> bool:
        """Say whether somebody has built on it."""
        return bool(self.people or self.batches)

    def words(self) -> list[str]:
        """Return each kind of thing in a sentence, with a few names."""
        found = []
        for kind, ids in self.people.items():
            named = sorted(self.names[pk] for pk in ids if pk in self.names)[:NAMED]
            words = str(_WORDS[kind]) % {"n": len(ids)}
            found.append(_("%(what)s（%(who)s）") % {"what": words, "who": "、".join(named)} if named else words)
        if self.batches:
            found.append(_("后来的导入写过这些档案：%(titles)s") % {"titles": "、".join(self.batches[:NAMED])})
        return found


_WORDS = {
    "lines": gettext_lazy("%(n)d 份档案有了新的记录"),
    "corrected": gettext_lazy("%(n)d 份档案更正过"),
    "moved": gettext_lazy("%(n)d 份档案转走了，或正等着别处接收"),
    "merged": gettext_lazy("%(n)d 份档案合并过"),
    "cases": gettext_lazy("%(n)d 个人有了办件或申请"),
    "accounts": gettext_lazy("%(n)d 个人关联了账号"),
    "kin": gettext_lazy("%(n)d 个人写进了别人的档案"),
    "households": gettext_lazy("%(n)d 户有人迁入，或改过"),
}

_ROWS = """
WITH wrote AS MATERIALIZED (
  SELECT person, min(applied_at) AS since, bool_or(made ? 'new') AS is_new FROM exchange_row
   WHERE batch = %(batch)s AND applied_at IS NOT NULL AND person IS NOT NULL {only} GROUP BY person
)
"""
_BY_IMPORT = "(starts_with(f.recorded_by, '导入') OR starts_with(f.recorded_by, '撤销导入'))"
_ASKED = {
    "lines": f"SELECT w.person FROM wrote w JOIN registry_fact f ON f.subject = w.person WHERE f.recorded_at > w.since AND NOT {_BY_IMPORT}",  # noqa: S608  our own words
    "corrected": (
        "SELECT w.person FROM wrote w JOIN access_journalline j ON j.object_id = w.person WHERE j.at > w.since AND j.verb = 'registry.correct_person'"
        " UNION ALL SELECT w.person FROM wrote w JOIN registry_phone n ON n.subject = w.person WHERE n.recorded_at > w.since"
        " AND NOT EXISTS (SELECT FROM exchange_row o WHERE o.batch = %(batch)s AND o.person = w.person AND o.made -> 'phones' ? n.id::text)"
    ),
    "moved": (
        "SELECT w.person FROM registry_move m CROSS JOIN unnest(m.people) AS g(one) JOIN wrote w ON w.person = g.one WHERE m.side = 'giving'"
        " AND ((m.state = 'accepted' AND m.answered_at > w.since) OR (m.state = 'proposed' AND w.is_new))"
    ),
    "merged": "SELECT w.person FROM registry_personmerge m JOIN wrote w ON w.person IN (m.kept, m.gone) WHERE m.undone_at IS NULL AND m.merged_at > w.since",
    "cases": (
        "SELECT w.person FROM wrote w WHERE w.is_new AND (EXISTS (SELECT FROM cases_case c WHERE c.subject = w.person)"
        " OR EXISTS (SELECT FROM registry_correctionrequest q WHERE q.subject = w.person))"
    ),
    "accounts": "SELECT w.person FROM wrote w JOIN access_account a ON a.person_id = w.person WHERE w.is_new",
    "kin": (
        "SELECT w.person FROM wrote w JOIN registry_fact f ON f.other = w.person WHERE w.is_new"  # noqa: S608  our own words
        f" AND NOT {_BY_IMPORT} AND {STANDS} AND f.subject NOT IN (SELECT person FROM wrote)"
    ),
}  # fmt: skip
_MARKS = f"""
SELECT DISTINCT substring(f.recorded_by FROM '^导入(\\d+)')::bigint, w.person FROM wrote w
  JOIN registry_fact f ON f.subject = w.person OR (w.is_new AND f.other = w.person)
 WHERE f.recorded_at > w.since AND starts_with(f.recorded_by, '导入') AND f.recorded_by <> %(mark)s AND {STANDS}
   AND f.recorded_by !~ '^导入\\d+撤销'
"""  # noqa: S608  our own words
_LATER = """
SELECT DISTINCT o.batch, w.person FROM exchange_row o JOIN wrote w ON w.person = o.person
 WHERE o.batch IN (SELECT id FROM exchange_batch b WHERE b.id <> %(batch)s AND b.state <> %(undone)s AND b.staged_at IS NOT NULL)
   AND o.applied_at > w.since
"""
_HOUSEHOLDS = f"""
SELECT h.household FROM exchange_home h WHERE h.batch = %(batch)s AND h.is_new AND (
  EXISTS (SELECT FROM registry_fact f WHERE f.kind IN ('member', 'register') AND f.household = h.household AND f.subject IN (
            SELECT id FROM registry_person p WHERE p.household_id = h.household OR p.register_id = h.household)
          AND f.recorded_by <> %(mark)s AND NOT {_BY_IMPORT} AND {STANDS} AND f.subject NOT IN (SELECT person FROM wrote))
  OR EXISTS (SELECT FROM access_journalline j WHERE j.object_id = h.household AND j.at > %(since)s AND j.verb IN (
            'registry.correct_household', 'registry.settle_household', 'registry.close_household')))
"""  # noqa: S608  our own words
_NAMES = "SELECT id, name FROM registry_person WHERE id = ANY(%s)"


def built_on(batch: Batch, *, people: Collection[int] | None = None) -> Built:
    """Return what has been built on a batch since it was brought in, or on some people of it only."""
    found = Built()
    only = "" if people is None else "AND person = ANY(%(people)s)"
    since = batch.staged_at or batch.created_at
    values = {
        "batch": batch.pk, "mark": batch.mark, "people": sorted(people or ()), "undone": BatchState.UNDONE.value, "since": since,
    }  # fmt: skip
    rows = _ROWS.format(only=only)
    with rescoped(Scope.everything()), connection.cursor() as cursor:
        for kind, query in _ASKED.items():
            cursor.execute(rows + query, values)
            ids = {row[0] for row in cursor.fetchall()}
            if ids:
                found.people[kind] = ids
                found.blocked |= ids
        later: set[int] = set()
        for query in (_MARKS, _LATER):
            cursor.execute(rows + query, values)
            for pk, person in cursor.fetchall():
                later.add(pk)
                found.blocked.add(person)
        if people is None:
            cursor.execute(rows + _HOUSEHOLDS, values)
            if homes := {row[0] for row in cursor.fetchall()}:
                found.people["households"] = homes
        titles = dict(Batch.objects.filter(pk__in=later).values_list("pk", "title"))
        found.batches = [_("“%(title)s”") % {"title": titles.get(pk, str(pk))} for pk in sorted(later)]
    some = {pk for kind, ids in found.people.items() if kind != "households" for pk in sorted(ids)[:100]}
    with connection.cursor() as cursor:  # under the scope of who asks: whoever went elsewhere is not named
        cursor.execute(_NAMES, [sorted(some)])
        found.names = dict(cursor.fetchall())
    return found
