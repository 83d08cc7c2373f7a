"""Undoing a merge: both files as they were, as long as nothing was built on it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Forbidden, Refusal
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.registry.actions.lines import show_state, successor, write
from liren.registry.actions.merging import rows
from liren.registry.enums import PairState
from liren.registry.events import MergeUndone
from liren.registry.models import DuplicatePair, Fact, Person, PersonMerge
from liren.registry.permissions import MERGE
from liren.registry.queries.duplicates import obstacles


@action(MERGE, on="merge")
def undo_merge(*, by: Viewer, at: datetime, merge: PersonMerge, reason: str) -> PersonMerge:
    """Take a merge back: the file that went comes back under its id, with its rows, and the other is as it was.

    What was recorded since stays with the kept file; raise ``Conflict`` with what was built on the merge, when something was.
    """
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明为什么不是同一个人，这会留在档案里。"), field="reason")
    if not by.may(MERGE, merge.person["area"]):
        raise Forbidden(_("并进来的档案原来不在您的管辖范围，请由管着两边的上一级撤销。"))
    with rescoped(Scope.everything()):
        found = PersonMerge.objects.select_for_update().get(pk=merge.pk)
        Person.objects.select_for_update().filter(pk=merge.kept).first()
        against = obstacles(found).against
        if against:
            raise Conflict(_("这次合并现在不能撤销。") + " ".join(against), details=against)
        gone = _part(by, at, found)
        if merge.before["area"] // 10**9 != merge.person["area"] // 10**9:
            take_file_back(by=by, at=at, gone=gone, kept=merge.kept, reason=reason.strip()[:200])
        merge.undone_at, merge.undone_by, merge.undone_because = at, actor(by), reason.strip()[:200]
        merge.save(update_fields=["undone_at", "undone_by", "undone_because"])
    remark(gone=str(merge.gone), reason=merge.undone_because)
    announce(MergeUndone(area=merge.area, person=merge.kept, gone=gone.pk))
    return merge


@action(MERGE, on="gone")
def take_file_back(*, by: Viewer, at: datetime, gone: Person, kept: int, reason: str) -> None:
    """Let a county know that its file has come back out of one of another county."""
    remark(person=str(gone.pk), kept=str(kept), reason=reason)


def _part(by: Viewer, at: datetime, merge: PersonMerge) -> Person:
    kept = Person.objects.get(pk=merge.kept)
    moved = merge.moved
    for name in moved["after"]:
        rows.choose(kept, name, merge.before)
    homes = [kept.household_id, kept.register_id]
    gone = rows.person_of(merge.person)
    try:
        with transaction.atomic():
            kept.save(
                update_fields=["name", "sort_key", "sex", "birth_on", "ethnicity", "document", "id_number", "id_blind"]
            )
            gone.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("原来的证件号码现在登记在别的档案上，请先核对那一份，再撤销合并。")) from error
    if "name" in moved["after"]:
        rows.key_anew(kept)
    rows.key_anew(gone)
    linked = rows.unlink(kept.pk) if moved["accounts"] else []
    lines = rows.hand_lines(kept.pk, gone, only=[*moved[rows.FACTS], *_voids(merge)])
    rows.hand_back(moved, giver=kept.pk, taker=gone.pk)
    if merge.before["area"] // 10**9 != gone.area // 10**9:
        rows.follow(moved, gone)
    rows.return_heads(moved.get("registry_household.head", ()), gone)
    rows.return_phones(gone, kept, moved["phones"], moved["mains"], moved["removed"])
    rows.link([pk for pk in linked if pk not in moved["accounts"]], kept)
    rows.link(moved["accounts"], gone)
    for person in (kept, gone):
        known = list(Fact.objects.filter(county=person.county, subject=person.pk))
        for void in [line for line in known if line.pk in merge.withdrawn]:
            former = next(line for line in known if line.pk == void.replaces)
            words = _("撤销合并，恢复原来的记录")
            write(person, known, by=by, at=at, **successor(former) | {"replaces": void.pk}, reason=words)
        show_state(person, known, on=day_of(at))
    remark(lines=len(lines))
    rows.recount_homes(
        [*homes, kept.household_id, kept.register_id, gone.household_id, gone.register_id],
        {kept.pk: kept, gone.pk: gone},
    )
    pairs = DuplicatePair.objects.filter(left=min(kept.pk, gone.pk), right=max(kept.pk, gone.pk))
    pairs.update(state=PairState.OPEN, decided_at=None, decided_by="", reason="")
    return gone


def _voids(merge: PersonMerge) -> list[int]:
    """Return those lines of the merge that withdrew a line of the file that went."""
    theirs = merge.moved[rows.FACTS]
    voids = Fact.objects.filter(pk__in=merge.withdrawn, replaces__in=theirs)
    return list(voids.values_list("pk", flat=True))
