"""What leaves the house: a list, a file, a paper; noted in the journal with its purpose, and for each person whose data it is."""

from collections.abc import Sequence
from datetime import date, datetime

from liren.base.action import action, remark
from liren.base.giving import Purpose, need_purpose
from liren.foundation.access.actions import office_of
from liren.foundation.access.rules import Viewer
from liren.registry.models import Disclosure, Person
from liren.registry.permissions import EXPORT, OWN_RECORD

LIST, FILE, PAPER, OWN = "list", "file", "paper", "self"
_AT_ONCE = 1000


@action(EXPORT, on="area")
def export_table(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    what: str,
    count: int,
    purpose: str,
    words: str = "",
    people: Sequence[tuple[int, int]] = (),
    only: str = "",
) -> str:
    """Note that a table is taken out, of what, how many rows, and what for; return the office that takes it.

    ``people`` (id, area) are those who stand in it: each can read of it. ``only`` says narrowed to what, not what was searched for.
    """
    need_purpose(purpose, words)
    remark(what=what, count=count, only=only, purpose=purpose, reason=words.strip())
    return _listed(by, at, people, purpose, words)


@action(EXPORT, on="area")
def export_list(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    category: str,
    on: date,
    count: int,
    purpose: str,
    words: str = "",
    people: Sequence[tuple[int, int]] = (),
    tried: str = "",
    grid: str = "",
) -> str:
    """Note that a list that follows from a rule is taken out, and what for; of a confidential one (``category`` empty) nothing else.

    ``people`` (id, area) are those who stand in it. ``tried`` names the version and the numbers of another rule by which it was
    worked out, ``grid`` the grid to which it was narrowed.
    """
    need_purpose(purpose, words)
    if not category:
        return office_of(by)
    other = {name: said for name, said in (("tried", tried), ("grid", grid)) if said}
    remark(category=category, on=on.isoformat(), count=count, purpose=purpose, reason=words.strip(), **other)
    return _listed(by, at, people, purpose, words)


@action(EXPORT, on="person")
def give_file(*, by: Viewer, at: datetime, person: Person, form: str, purpose: str, words: str = "") -> Disclosure:
    """Note that somebody's file is taken out, as a table (``file``) or on paper (``paper``), and what for."""
    need_purpose(purpose, words)
    remark(form=form, purpose=purpose, reason=words.strip())
    return _disclose(by, at, person, form if form == PAPER else FILE, purpose, words)


@action(OWN_RECORD, on="person")
def take_own_file(*, by: Viewer, at: datetime, person: Person) -> Disclosure:
    """Note that somebody takes a copy of the own file (个人信息保护法 §45)."""
    return _disclose(by, at, person, OWN, Purpose.SELF, "")


def _listed(by: Viewer, at: datetime, people: Sequence[tuple[int, int]], purpose: str, words: str) -> str:
    """Let everybody who stands in a table that is taken out read of it; return the office that takes it."""
    office = office_of(by)
    Disclosure.objects.bulk_create(
        [
            Disclosure(area=area_of, subject=pk, at=at, office=office, form=LIST, purpose=purpose, words=words.strip())
            for pk, area_of in people
        ],
        batch_size=_AT_ONCE,
    )
    return office


def _disclose(by: Viewer, at: datetime, person: Person, form: str, purpose: str, words: str) -> Disclosure:
    made = Disclosure(
        area=person.area,
        subject=person.pk,
        at=at,
        office=office_of(by),
        form=form,
        purpose=purpose,
        words=words.strip(),
    )
    made.save(force_insert=True)
    return made
