"""The gate that every action of the house goes through, and the journal it writes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from liren.base import action, jobs
from liren.base.action import Deed
from liren.base.capabilities import Capability
from liren.base.errors import Conflict, Forbidden, NotFound
from liren.base.inserts import insert
from liren.base.models import fresh
from liren.base.rows import asked, rescoped, take_turn
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.queries import sits_everywhere, stand_at
from liren.foundation.access.rules import Viewer


class AccessGate:
    """Checks capabilities, writes the journal, publishes events."""

    def earlier(self, by: Viewer, verb: str, once: UUID, target: Any) -> tuple[models.Model | None] | None:
        """Return what the same request made before; raise ``Conflict`` when that is gone.

        A twin that is still running is waited for: both take the same lock of the transaction, and the second statement
        sees what the first transaction wrote.
        """
        stand_at(by, area_of(target))
        if by.once is not None:
            take_turn(by.once)
        rows = asked(
            "SELECT kind, object_id FROM access_journalline WHERE once = %s AND verb = %s AND account_id = %s",
            [once, verb, by.account_id],
        )
        if not rows:
            return None
        kind, number = rows[0]
        if not kind:
            return (None,)
        made = apps.get_model(kind)._default_manager.filter(pk=number).first()
        if made is None:
            raise Conflict(_("这一步已经办过，办出来的内容后来又有变化。请刷新页面查看。"))
        return (made,)

    def permit(self, by: Viewer, capability: Capability, target: Any) -> None:
        """Raise ``Forbidden`` where ``by`` may not, ``NotFound`` where a resident should not even know."""
        if by.mode == "resident":
            subject = getattr(target, "subject", None)
            if subject is not None and not by.owns(subject):
                raise NotFound(_("没有找到这条记录。"))
        if not by.may(capability, area_of(target)):
            raise Forbidden(
                _("您的岗位不能“%(what)s”。如需办理，请联系本单位安全管理员。") % {"what": capability.title}
            )
        stand_at(by, area_of(target))

    def record(self, by: Viewer, deed: Deed, target: Any, before: Mapping[str, Any], result: Any) -> None:
        """Write the journal line and publish the events."""
        thing = result if isinstance(result, models.Model) else target
        changes: dict[str, Any] = {}
        if thing is target and isinstance(thing, models.Model):
            changes.update(action.differences(before, thing))
        changes.update(deed.remarks)
        area = area_of(thing if hasattr(thing, "area") else target)
        line = fresh(
            JournalLine,
            area=area,
            at=deed.at,
            subject=getattr(thing, "subject", 0) or by.subject * (by.mode == "resident"),
            account_id=by.account_id,
            actor=actor(by),
            verb=deed.verb,
            kind=thing._meta.label if isinstance(thing, models.Model) else "",
            object_id=thing.pk if isinstance(thing, models.Model) and isinstance(thing.pk, int) else 0,
            changes=changes,
            address=by.address,
            once=deed.once,
        )
        write(line, by)
        jobs.publish(deed.events)


def write(line: JournalLine, by: Viewer) -> None:
    """Write a line where the viewer's scope allows it; one about an account outside of it, under a wider scope for a moment."""
    scope = by.scope
    stands = sits_everywhere(by)  # else the transaction may be at any of the viewer's seats
    if stands and scope.wide_lo <= line.area <= scope.wide_hi and scope.own_lo <= line.subject <= scope.own_hi:
        insert(line)
    else:
        with rescoped(Scope.everything()):
            insert(line)


def note(
    verb: str,
    by: Viewer,
    *,
    at: datetime,
    area: int = 0,
    about: models.Model | None = None,
    subject: int = 0,
    **changes: Any,
) -> None:
    """Write a journal line for what is no action: signing in and out, tries that failed."""
    line = fresh(
        JournalLine,
        area=area,
        at=at,
        subject=subject,
        account_id=by.account_id,
        actor=actor(by),
        verb=verb,
        kind=about._meta.label if about is not None else "",
        object_id=about.pk if about is not None else 0,
        changes=changes,
        address=by.address,
    )
    with rescoped(Scope.everything()):
        insert(line)


def actor(by: Viewer) -> str:
    """Return the words by which a journal line names who acted: the seat of staff, never a resident's name."""
    if by.current is not None:
        return f"{by.current.place}·{by.current.title}·{by.name}"[:128]
    if by.mode == "staff":
        return by.name
    return {"resident": "居民", "system": f"系统·{by.name}"}.get(by.mode, "")


def area_of(target: Any) -> int:
    """Return the area at which a capability is checked."""
    return target if isinstance(target, int) else target.area
