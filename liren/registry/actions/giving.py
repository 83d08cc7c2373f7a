"""What leaves the house: a list, a file, a paper; noted in the journal with its purpose, and for each person whose data it is."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.errors import Refusal
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.registry.enums import Purpose
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
    _purpose(purpose, words)
    office = _office(by)
    Disclosure.objects.bulk_create(
        [
            Disclosure(area=area_of, subject=pk, at=at, office=office, form=LIST, purpose=purpose, words=words.strip())
            for pk, area_of in people
        ],
        batch_size=_AT_ONCE,
    )
    remark(what=what, count=count, only=only, purpose=purpose, reason=words.strip())
    return office


@action(EXPORT, on="person")
def give_file(*, by: Viewer, at: datetime, person: Person, form: str, purpose: str, words: str = "") -> Disclosure:
    """Note that somebody's file is taken out, as a table (``file``) or on paper (``paper``), and what for."""
    _purpose(purpose, words)
    remark(form=form, purpose=purpose, reason=words.strip())
    return _disclose(by, at, person, form if form == PAPER else FILE, purpose, words)


@action(OWN_RECORD, on="person")
def take_own_file(*, by: Viewer, at: datetime, person: Person) -> Disclosure:
    """Note that somebody takes a copy of the own file (个人信息保护法 §45)."""
    return _disclose(by, at, person, OWN, Purpose.SELF, "")


def _disclose(by: Viewer, at: datetime, person: Person, form: str, purpose: str, words: str) -> Disclosure:
    made = Disclosure(
        area=person.area, subject=person.pk, at=at, office=_office(by), form=form, purpose=purpose, words=words.strip()
    )
    made.save(force_insert=True)
    return made


def _office(by: Viewer) -> str:
    """Return the place and post of who acts, in the journal's form but without the name."""
    return "·".join(actor(by).split("·")[:2])[:128]


def _purpose(purpose: str, words: str) -> None:
    if purpose not in Purpose.values:
        raise Refusal(_("请选这份材料的用途，会记入日志，本人能看到。"), field="purpose")
    if purpose == Purpose.OTHER and len(words.strip()) < 2:
        raise Refusal(_("请写明用途。"), field="words")
