"""Reading the journal: time lines, the auditor's list, and the proof that nothing was changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from django.db import connection, models
from django.db.models import Q, QuerySet
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from liren.base.action import ACTS
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.models import Account, JournalLine, JournalSeal
from liren.foundation.access.permissions import READ_JOURNAL
from liren.foundation.access.queries.viewers import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.access.rules.journal import COLUMNS, FIRST, ROOT, Line, canonical, chained, read_entries, sm3
from liren.foundation.places.rules import AreaRange

STREAM = 5_000
PHRASES: dict[str, Any] = {
    "access.signed_in": _("登录"),
    "access.signed_out": _("退出登录"),
    "access.signed_up": _("注册"),
    "access.sign_in_failed": _("登录失败"),
    "access.sign_in_closed": _("登录被暂停"),
    "access.second_factor_failed": _("动态口令不对"),
    "access.code_sent": _("发送验证码"),
    "access.code_failed": _("验证码不对"),
    "access.appoint": _("任命岗位"),
    "access.end_appointment": _("免去岗位"),
    "access.open_account": _("开通账号"),
    "access.close_account": _("停用账号"),
    "access.reopen_account": _("恢复账号"),
    "access.reset_password": _("重置密码"),
    "access.reset_second_factor": _("重置动态口令"),
    "access.change_password": _("修改密码"),
    "access.keep_settings": _("修改个人设置"),
    "access.set_up_second_factor": _("设置动态口令"),
    "access.unlock_account": _("解除账号锁定"),
    "access.unlock_phone": _("解除手机号锁定"),
    "access.ask_for_link": _("申请核对身份"),
    "access.withdraw_link": _("撤回核对申请"),
    "access.confirm_link": _("确认身份"),
    "access.refuse_link": _("身份未通过核对"),
    "access.invite": _("发放邀请码"),
    "access.use_invitation": _("使用邀请码"),
    "access.unlink_account": _("解除账号关联"),
    "access.ask_token": _("申请接口令牌"),
    "access.allow_token": _("批准接口令牌"),
    "access.refuse_token": _("没有批准接口令牌"),
    "access.draw_token": _("领取接口令牌"),
    "access.give_token_back": _("停用自己的接口令牌"),
    "access.revoke_token": _("收回接口令牌"),
    "access.export_journal": _("导出日志"),
}
"""Words for verbs that are no action of a post, or that share their capability with others."""


def phrase(verb: str) -> str:
    """Return the words for a verb of the journal: its own, else the title of the capability it needs."""
    if verb in PHRASES:
        return str(PHRASES[verb])
    return str(ACTS[verb].capability.title) if verb in ACTS else verb


def verbs() -> list[tuple[str, str]]:
    """Return what the journal can hold: of the verbs that are said in the same words one, with those words."""
    return sorted(((those[0], words) for words, those in _by_words().items()), key=lambda pair: pair[1])


def same_words(verb: str) -> list[str]:
    """Return the verbs that are said in the same words as one, in the order of their names."""
    return _by_words().get(phrase(verb), [verb])


def _by_words() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for verb in sorted({*PHRASES, *ACTS}):
        found.setdefault(phrase(verb), []).append(verb)
    return found


def timeline(viewer: Viewer, object_id: int) -> list[JournalLine]:
    """Return what happened to an object, oldest first, as far as the viewer may see it."""
    return list(JournalLine.objects.visible_to(viewer).filter(object_id=object_id).order_by("id"))


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """What an auditor looks for; ``installation`` are the lines that belong to no place: signing in of residents, failed tries."""

    since: date | None = None
    until: date | None = None
    verb: str = ""
    place: AreaRange | None = None
    actor: str = ""
    installation: bool = False


def journal(
    viewer: Viewer, wanted: JournalFilter, *, after: tuple[int, int] | None = None, limit: int = 50
) -> list[JournalLine]:
    """Return lines where the viewer's posts read the journal, the newest first; ``after`` is the (at in microseconds, id) of the last one seen."""

    def ask(here: Viewer) -> list[JournalLine]:
        lines = _filtered(here, wanted)
        if after is not None:
            at = datetime.fromtimestamp(after[0] / 1_000_000, tz=get_current_timezone())
            lines = lines.filter(Q(at__lt=at) | Q(at=at, id__lt=after[1]))
        return list(lines.order_by("-at", "-id")[:limit])

    if not wanted.installation:
        found = each_range(viewer, ask, capability=READ_JOURNAL)
        return sorted(found, key=lambda line: (line.at, line.pk), reverse=True)[:limit]
    with rescoped(Scope.staff(0, 0)):
        return ask(viewer)


def _filtered(viewer: Viewer, wanted: JournalFilter) -> QuerySet[JournalLine]:
    lines = JournalLine.objects.filter(area=0) if wanted.installation else JournalLine.objects.visible_to(viewer)
    zone = get_current_timezone()
    if wanted.since:
        lines = lines.filter(at__gte=datetime.combine(wanted.since, time(), zone))
    if wanted.until:
        lines = lines.filter(at__lt=datetime.combine(wanted.until + timedelta(days=1), time(), zone))
    if wanted.verb:
        lines = lines.filter(verb__in=same_words(wanted.verb))
    if wanted.place is not None and not wanted.installation:
        lines = lines.filter(area__gte=wanted.place.lo, area__lte=wanted.place.hi)
    if wanted.actor:
        accounts = Account.objects.filter(Q(username=wanted.actor) | Q(name=wanted.actor, username__isnull=False))
        lines = lines.filter(account_id__in=list(accounts.values_list("pk", flat=True)[:100]))
    return lines


def head() -> JournalSeal | None:
    """Return the newest seal, without its entries."""
    return JournalSeal.objects.defer("entries").order_by("-number").first()


@dataclass(frozen=True, slots=True)
class SealState:
    """How far the journal is sealed: the newest seal as an auditor notes it, when it was made, how many lines it covers."""

    number: int
    digest: str
    at: datetime
    count: int

    @property
    def words(self) -> str:
        """Return ``number:digest``, which ``verify --head`` takes."""
        return f"{self.number}:{self.digest}"


def seal_state() -> SealState | None:
    """Return how far the journal is sealed."""
    seal = head()
    if seal is None:
        return None
    count = JournalSeal.objects.aggregate(models.Sum("count"))["count__sum"]
    return SealState(seal.number, bytes(seal.digest).hex(), seal.at, count)


def lines_between(cluster: int, from_xid: int, to_xid: int) -> Iterator[Line]:
    """Return the lines of a span of transactions in the order of ids; needs the scope of everything."""
    lines = JournalLine.objects.filter(cluster=cluster, xid__gte=from_xid, xid__lte=to_xid).order_by("id")
    return (Line(*values) for values in lines.values_list(*COLUMNS).iterator(chunk_size=STREAM))


Fault = Literal["changed", "removed", "inserted", "seal changed", "seal missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What verification found: which line or seal, and, for a line that is there, when and what it says."""

    fault: Fault
    number: int
    at: datetime | None = None
    verb: str = ""


@dataclass(slots=True)
class Proof:
    """The outcome of a verification."""

    lines: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    findings: list[Finding] = field(default_factory=list)


def prove_journal(*, noted: Iterable[tuple[int, str]] = ()) -> Proof:
    """Compare every sealed line with its seal and every seal with the chain; needs the scope of everything, reads in a stream.

    ``noted`` are heads that an auditor wrote down: they show a journal whose end was cut off together with its seals.
    """
    proof = Proof()
    before, expected = ROOT, 1
    ends: dict[int, int] = {}
    known = dict(noted)
    for seal in JournalSeal.objects.order_by("number").iterator(chunk_size=20):
        while expected < seal.number:
            proof.findings.append(Finding("seal missing", expected))
            expected += 1
        entries, digest = bytes(seal.entries), bytes(seal.digest)
        made = chained(
            before,
            number=seal.number,
            cluster=seal.cluster,
            from_xid=seal.from_xid,
            to_xid=seal.to_xid,
            count=seal.count,
            at=seal.at,
            entries=entries,
        )
        follows = seal.from_xid == ends.get(seal.cluster, FIRST - 1) + 1
        noted_digest = known.pop(seal.number, None)
        if made != digest or not follows or (noted_digest is not None and noted_digest != digest.hex()):
            proof.findings.append(Finding("seal changed", seal.number, seal.at))
        before, expected = digest, seal.number + 1
        ends[seal.cluster] = seal.to_xid
        proof.seals += 1
        proof.head = f"{seal.number}:{digest.hex()}"
        _compare(seal, entries, proof)
    proof.findings += [Finding("seal missing", number) for number in sorted(known)]
    proof.unsealed = _unsealed(proof)
    return proof


def _compare(seal: JournalSeal, entries: bytes, proof: Proof) -> None:
    kept = read_entries(entries)
    wanted = next(kept, None)
    for line in lines_between(seal.cluster, seal.from_xid, seal.to_xid):
        proof.lines += 1
        while wanted is not None and wanted[0] < line.id:
            proof.findings.append(Finding("removed", wanted[0]))
            wanted = next(kept, None)
        if wanted is None or wanted[0] != line.id:
            proof.findings.append(Finding("inserted", line.id, line.at, line.verb))
            continue
        if wanted[1] != sm3(canonical(line)):
            proof.findings.append(Finding("changed", line.id, line.at, line.verb))
        wanted = next(kept, None)
    while wanted is not None:
        proof.findings.append(Finding("removed", wanted[0]))
        wanted = next(kept, None)


def _unsealed(proof: Proof) -> int:
    """Count the lines that no seal's span covers yet: the spans of a server leave no gap and begin before its first number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM access_journalline")
        return int(cursor.fetchone()[0]) - proof.lines
