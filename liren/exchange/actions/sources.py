"""Sources: set up, said what they mean, scheduled, paused, trusted, removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base import clock
from liren.base.action import action, remark
from liren.base.errors import Conflict, Refusal
from liren.base.remote.checks import checked
from liren.exchange.actions.batches import checked_targets, keep_mapping
from liren.exchange.enums import Every, FeedKind
from liren.exchange.models import Feed, FeedRow
from liren.exchange.permissions import CONNECT, SIGN
from liren.exchange.queries import sources as queries
from liren.exchange.rules.sources import machine_of, next_reading, place_of
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer


@dataclass(frozen=True, slots=True)
class SourceGiven:
    """What a person says of a source; ``secret`` is empty where the one that is kept stays."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    secret: Mapping[str, Any] = field(default_factory=dict, repr=False)
    authority: str = ""
    source: str = "shared"


@action(CONNECT, on="area")
def open_feed(*, by: Viewer, at: datetime, area: int, level: int, given: SourceGiven) -> Feed:
    """Set up a source; it reads nothing before its columns have a meaning."""
    feed = Feed(
        area=area,
        level=level,
        kind=given.kind,
        account_id=by.account_id,
        keeper=actor(by),
        made_at=at,
        made_by=actor(by),
    )
    _check_name(feed, given.name)
    _take(feed, given, dict(given.secret))
    feed.save(force_insert=True)
    remark(kind=feed.kind, place=place_of(feed.kind, feed.settings))
    return feed


@action(CONNECT, on="feed")
def change_feed(*, by: Viewer, at: datetime, feed: Feed, given: SourceGiven) -> Feed:
    """Change where rows come from. A kept secret goes to no other machine, and nothing is written unasked any more."""
    if given.kind != feed.kind:
        raise Refusal(_("种类不能改，请另设一个来源。"), field="kind")
    _check_name(feed, given.name)
    before = place_of(feed.kind, feed.settings)
    same = machine_of(feed.kind, given.settings) == machine_of(feed.kind, feed.settings)
    if not same and feed.secret and not given.secret:
        raise Refusal(
            _("服务器换了，请重新填写密码或令牌：原来的不会发给另一台服务器。"),
            field="password" if feed.kind == FeedKind.DATABASE else "headers",
        )
    is_other = dict(given.settings) != feed.settings
    _take(feed, given, dict(given.secret) or feed.secret)
    if is_other:
        feed.applies_at, feed.applies_by = None, ""
    feed.failures = 0
    feed.save(update_fields=["name", "settings", "secret", "authority", "source", "applies_at", "applies_by", "failures"])  # fmt: skip
    remark(before=before, place=place_of(feed.kind, feed.settings), new_secret=bool(given.secret))
    return feed


def _check_name(feed: Feed, name: str) -> None:
    twins = Feed.objects.filter(area=feed.area, name=name.strip(), removed_at=None).exclude(pk=feed.pk)
    if not name.strip():
        raise Refusal(_("请给这个来源起个名字。"), field="name")
    if twins.exists():
        raise Refusal(_("已经有一个同名的来源。"), field="name")


def _take(feed: Feed, given: SourceGiven, secret: dict[str, Any]) -> None:
    if given.kind not in {FeedKind.DATABASE, FeedKind.API}:
        raise Refusal(_("请选择来源的种类。"), field="kind")
    checked(queries.remote_of(given.kind, given.settings, secret, folder=""))
    feed.name, feed.settings, feed.secret = given.name.strip()[:64], dict(given.settings), secret
    feed.authority, feed.source = given.authority.strip()[:64], given.source


@action(CONNECT, on="feed")
def note_look(*, by: Viewer, at: datetime, feed: Feed, heads: Sequence[str], rows: int, problem: str = "") -> Feed:
    """Note that a source was tried: which columns it has, or why it could not be read."""
    if heads:
        feed.heads = list(heads)
        feed.save(update_fields=["heads"])
    remark(rows=rows, problem=problem)
    return feed


@action(CONNECT, on="feed")
def map_feed(
    *,
    by: Viewer,
    at: datetime,
    feed: Feed,
    heads: Sequence[str],
    targets: Sequence[str],
    options: Mapping[str, Any],
    authority: str,
    source: str,
    key: str,
    save_as: str = "",
) -> Feed:
    """Say what the columns of a source mean, and by which one its rows are known again (empty: by all that they say)."""
    checked_targets(targets, options, authority)
    if key and key not in heads:
        raise Refusal(_("来源里没有“%(key)s”这一列。") % {"key": key}, field="key")
    feed.authority, feed.source, feed.heads, feed.key = authority.strip()[:64], source, list(heads), key
    words = feed.mapping.words if feed.mapping else {}
    feed.mapping = keep_mapping(
        feed.area, save_as.strip()[:64] or feed.name, heads, targets, words=words, options=dict(options), by=by, at=at
    )
    feed.applies_at, feed.applies_by = None, ""
    feed.save(update_fields=["authority", "source", "heads", "key", "mapping", "applies_at", "applies_by"])
    return feed


@action(CONNECT, on="feed")
def set_schedule(*, by: Viewer, at: datetime, feed: Feed, every: str, hour: int, day: int) -> Feed:
    """Say when a source is read: ``hour`` 0–23, ``day`` 1–7 of a week or 1–28 of a month."""
    if every not in Every.values or not 0 <= hour <= 23 or not 1 <= day <= (7 if every == Every.WEEK else 28):
        raise Refusal(_("请选择什么时候读取。"), field="every")
    if every and feed.mapping is None:
        raise Conflict(_("请先对应好每一列，再定时读取。"))
    feed.every, feed.hour, feed.day, feed.failures = every, hour, day, 0
    feed.next_at = next_reading(every, hour=hour, day=day, after=at.astimezone(clock.CHINA))
    feed.save(update_fields=["every", "hour", "day", "failures", "next_at"])
    return feed


@action(CONNECT, on="feed")
def pause_feed(*, by: Viewer, at: datetime, feed: Feed, paused: bool) -> Feed:
    """Leave out the scheduled readings, or take them up again at the next regular moment."""
    feed.is_paused, feed.failures, feed.is_held = paused, 0, False
    feed.next_at = next_reading(feed.every, hour=feed.hour, day=feed.day, after=at.astimezone(clock.CHINA))
    feed.save(update_fields=["is_paused", "failures", "is_held", "next_at"])
    return feed


@action(CONNECT, on="feed")
def take_charge(*, by: Viewer, at: datetime, feed: Feed) -> Feed:
    """Take charge of a source: its next imports are brought in, and told of, under this person's name."""
    feed.account_id, feed.keeper = by.account_id, actor(by)
    feed.save(update_fields=["account_id", "keeper"])
    return feed


@action(SIGN, on="feed")
def trust_feed(*, by: Viewer, at: datetime, feed: Feed, trusted: bool) -> Feed:
    """Let scheduled readings write what the rules decide without doubt, or have them wait for a person again."""
    if trusted and feed.mapping is None:
        raise Conflict(_("请先对应好每一列。"))
    feed.applies_at, feed.applies_by = (at, actor(by)) if trusted else (None, "")
    feed.save(update_fields=["applies_at", "applies_by"])
    return feed


@action(CONNECT, on="feed")
def remove_feed(*, by: Viewer, at: datetime, feed: Feed) -> Feed:
    """Remove a source with its address, its secret and what is remembered of its rows; what came in from it stays."""
    if queries.running(feed) is not None:
        raise Conflict(_("正在读取这个来源，读完再移除。"))
    forgotten = FeedRow.objects.filter(feed=feed.pk).delete()[0]
    feed.removed_at, feed.next_at, feed.settings, feed.secret = at, None, {}, {}
    feed.save(update_fields=["removed_at", "next_at", "settings", "secret"])
    remark(forgotten=forgotten)
    return feed
