"""Merging: one file goes into another, with everything in the house that names it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

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
from liren.registry.events import FileGivenUp, PersonsMerged
from liren.registry.models import DuplicatePair, Fact, NameKey, Person, PersonMerge, Stay
from liren.registry.permissions import MERGE
from liren.registry.queries.duplicates import CHOSEN, bound_to_its_place, column, waiting_requests
from liren.registry.rules import standing
from liren.registry.rules.likeness import needless


@action(MERGE, on="kept")
def merge_persons(
    *,
    by: Viewer,
    at: datetime,
    kept: Person,
    gone: Person,
    reason: str,
    take: Collection[str] = (),
    drop: Collection[int] | None = None,
) -> PersonMerge:
    """Put the file ``gone`` into ``kept``, in one transaction, so that it can be undone.

    ``take`` names what of who somebody is (``CHOSEN``) is taken from ``gone``; empty things of ``kept`` are filled anyhow.
    ``drop`` are standing lines of either that are withdrawn; by default those that say the same twice, or cannot hold together.
    Of files in two counties the one that goes leaves behind what ties it to its place (``bound_to_its_place``), and both places'
    journals tell of it.
    """
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明为什么是同一个人，这会留在档案里。"), field="reason")
    if kept.pk == gone.pk:
        raise Refusal(_("请选两份不同的档案。"))
    if not by.may(MERGE, gone.area):
        raise Forbidden(_("另一份档案不在您的管辖范围，请由管着两边的上一级合并。"))
    with rescoped(Scope.everything()):  # what names a person may lie anywhere
        kept, gone = _locked(kept, gone)
        if waiting_requests([kept.pk, gone.pk]):
            raise Conflict(_("其中一份档案有居民的更正申请还没有处理，请先处理。"))
        if kept.county != gone.county:
            give_file_up(by=by, at=at, gone=gone, kept=kept, reason=reason.strip()[:200])
        merge = _merge(by, at, kept, gone, reason.strip()[:200], take, drop)
    remark(gone=str(gone.pk), reason=merge.reason, lines=len(merge.moved[rows.FACTS]))
    announce(PersonsMerged(area=kept.area, person=kept.pk, gone=gone.pk))
    return merge


@action(MERGE, on="gone")
def give_file_up(*, by: Viewer, at: datetime, gone: Person, kept: Person, reason: str) -> None:
    """Let a county know that a file of its own goes into one of another county: its journal holds the line, its workers hear of it."""
    remark(person=str(gone.pk), kept=str(kept.pk), reason=reason)
    announce(FileGivenUp(area=gone.area, person=gone.pk, kept=kept.pk, kept_area=kept.area))


def _locked(kept: Person, gone: Person) -> tuple[Person, Person]:
    """Return both files as they stand, held against a second pen; raise ``Conflict`` when one has gone already."""
    pks = sorted((kept.pk, gone.pk))
    found = {one.pk: one for one in Person.objects.select_for_update().filter(pk__in=pks).order_by("id")}
    if len(found) < 2:
        raise Conflict(_("其中一份档案刚刚已被合并，请刷新页面后再看。"))
    return found[kept.pk], found[gone.pk]


def _merge(
    by: Viewer,
    at: datetime,
    kept: Person,
    gone: Person,
    reason: str,
    take: Collection[str],
    drop: Collection[int] | None,
) -> PersonMerge:
    mine, theirs = _lines(kept), _lines(gone)
    withdrawn = needless(standing(mine), standing(theirs)) if drop is None else set(drop)
    withdrawn |= bound_to_its_place(kept, gone, standing(theirs))
    withdrawn &= {line.pk for line in (*standing(mine), *standing(theirs))}
    homes = [kept.household_id, kept.register_id, gone.household_id, gone.register_id]
    before, person = rows.columns_of(kept), rows.columns_of(gone)
    was_linked = rows.unlink(gone.pk)
    phones, mains, removed = rows.hand_phones(gone, kept)
    moved: dict[str, Any] = rows.hand_over_all(gone.pk, kept.pk)
    moved[rows.FACTS] = rows.hand_lines(gone.pk, kept)
    if kept.county != gone.county:
        rows.follow(moved, kept)
    moved |= {"phones": phones, "mains": mains, "removed": removed, "accounts": was_linked}
    Stay.objects.filter(subject=gone.pk).delete()
    NameKey.objects.filter(county=gone.county, subject=gone.pk).delete()
    Person.objects.filter(pk=gone.pk).delete()
    taken = _take(kept, person, take)
    kept.save(update_fields=["name", "sort_key", "sex", "birth_on", "ethnicity", "document", "id_number", "id_blind"])
    if "name" in taken:
        rows.key_anew(kept)
    rows.link(was_linked, kept)
    moved["after"] = {name: str(column(kept, name)) for name in taken}
    lines = _lines(kept)
    voids = _withdraw(by, at, kept, lines, withdrawn | _of_themselves(lines, kept.pk), reason)
    show_state(kept, lines, on=day_of(at))
    rows.recount_homes([*homes, kept.household_id, kept.register_id], {kept.pk: kept, gone.pk: kept})
    pairs = DuplicatePair.objects.filter(left=min(kept.pk, gone.pk), right=max(kept.pk, gone.pk))
    pair = pairs.filter(county=kept.county).first()
    pairs.update(state=PairState.MERGED, decided_at=at, decided_by=actor(by), reason=reason)
    merge = PersonMerge(
        area=kept.area,
        subject=kept.pk,
        kept=kept.pk,
        gone=gone.pk,
        person=person,
        before=before,
        moved=moved,
        withdrawn=voids,
        pair=pair.pk if pair else None,
        reason=reason,
        merged_at=at,
        merged_by=actor(by),
    )
    merge.save(force_insert=True)
    return merge


def _lines(person: Person) -> list[Fact]:
    return list(Fact.objects.filter(county=person.county, subject=person.pk))


def _take(kept: Person, person: Mapping[str, Any], take: Collection[str]) -> list[str]:
    """Take what was chosen, and what the kept file lacks, from the columns of the other; return what changed."""
    taken = []
    for name in CHOSEN:
        theirs = person["id_number"] if name == "number" else person[name]
        empty = column(kept, name) in {None, "", "0"}
        mine = column(kept, name)
        if theirs and (name in take or empty) and str(mine) != str(theirs):
            rows.choose(kept, name, person)
            taken.append(name)
    return taken


def _of_themselves(lines: list[Fact], pk: int) -> set[int]:
    """Return the lines that would say that somebody is kin or guardian of themselves."""
    return {line.pk for line in standing(lines) if line.other == pk}


def _withdraw(
    by: Viewer, at: datetime, kept: Person, lines: list[Fact], withdrawn: Collection[int], reason: str
) -> list[int]:
    voids = []
    for line in [one for one in standing(lines) if one.pk in withdrawn]:
        words = _("合并档案：%(why)s") % {"why": reason}
        voids.append(write(kept, lines, by=by, at=at, **successor(line), is_void=True, reason=words[:200]).pk)
    return voids
