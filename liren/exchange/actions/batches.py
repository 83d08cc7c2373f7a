"""A batch from the upload to the last signature: what its columns mean, what was decided, who signed."""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.blobs import Blobs
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.base.jobs import defer
from liren.exchange.actions.doors import DWELLING, answer_doors
from liren.exchange.actions.undoing import undoable
from liren.exchange.enums import Answer, BatchState, FeedKind, Target, Verdict
from liren.exchange.models import Batch, Feed, Home, Mapping, Part, Row, Signature
from liren.exchange.permissions import IMPORT, SIGN, SWEEP
from liren.exchange.queries.batches import content_path, figures, store, table_of
from liren.exchange.rules import headers, layout
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import county_of
from liren.registry.enums import Source

SAMPLED = 200
KEPT_DAYS = 90
KEPT_UNNAMED = timedelta(days=1)
RUNNING = (BatchState.STAGING, BatchState.APPLYING, BatchState.UNDOING)
SIGNATURES = 2
GIVEN_BACK = 2
"""How many columns stand before those of the list where refused rows come back: the reason, and the line."""


@action(IMPORT, on="area")
def open_batch(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    level: int,
    title: str,
    digest: str,
    authority: str = "",
    source: str = Source.IMPORTED,
    as_of: date,
    kind: str = FeedKind.FILE,
    feed: Feed | None = None,
    sheet: int = 0,
    heads: Sequence[str] = (),
    mapping: Mapping | None = None,
) -> Batch:
    """Take in a table that lies in the store under ``digest``: find its head, propose what its columns mean, recognise a saved mapping.

    Of a table that a source gave both are known: its first line is ``heads``, and ``mapping`` says what they mean.
    """
    if as_of > day_of(at):
        raise Refusal(_("数据日期还没有到，请填名单上写的日期。"), field="as_of")
    path = content_path(digest)
    table = table_of(digest)
    sheet = sheet if sheet < len(table.sheets) else 0
    lines = []
    for line in table.rows(sheet):
        lines.append(line)
        if len(lines) >= SAMPLED:
            break
    if not any(line for line in lines):
        raise Refusal(_("这个表格里没有内容。"), field="file")
    found = layout.Layout(1, 1, tuple(heads)) if heads else layout.find(lines)
    below = lines[found.head_to :]
    proposals = headers.propose(found.heads, below)
    batch = Batch(
        area=area, level=level, title=title.strip()[:120] or _("未命名的名单"), kind=kind, feed=feed, digest=digest, size=path.stat().st_size,
        format=table.kind, sheet=sheet, heads=list(found.heads), layout={"head_from": found.head_from, "head_to": found.head_to, "sheets": list(table.sheets), "encoding": table.encoding},
        targets=[one.target for one in proposals], authority=authority.strip()[:64], source=source, as_of=as_of, account_id=by.account_id,
        actor=actor(by), created_at=at,
    )  # fmt: skip
    batch.options = {
        "blocks": layout.is_in_blocks(batch.targets, below),
        "constants": {},
        "residence": headers.residence_of(found.heads),
        "household": "living",
        "families": False,
    }
    saved = mapping or recognised(area, found.heads)
    if saved is not None:
        use_mapping(batch, saved)
    batch.save(force_insert=True)
    remark(format=table.kind, recognised=saved.name if saved else "")
    return batch


def recognised(area: int, heads: Sequence[str]) -> Mapping | None:
    """Return the saved mapping whose list had the same head, the nearest place first; rows that came back have two columns before it."""
    for begin in (0, GIVEN_BACK):
        known = Mapping.objects.filter(fingerprint=headers.fingerprint(heads[begin:])).order_by("-area", "-saved_at")
        found = next((one for one in known if one.area == area), None) or known.first()
        if found is not None:
            return found
    return None


def use_mapping(batch: Batch, saved: Mapping) -> None:
    """Let a batch mean what a saved mapping says."""
    batch.targets = [saved.columns.get(headers.plain_head(head), "") for head in batch.heads]
    batch.words, batch.options, batch.mapping = dict(saved.words), {**batch.options, **saved.options}, saved


def checked_targets(targets: Sequence[str], options: MappingOf[str, Any], authority: str) -> None:
    """Refuse a meaning of columns that cannot tell who somebody is, or that leaves out who designated them."""
    given = [target for target in targets if target]
    if unknown := set(given) - set(Target.values):
        raise Refusal(_("没有这样的项目：%(what)s") % {"what": "、".join(sorted(unknown))}, field="targets")
    doubled = sorted({Target(target).label for target in given if given.count(target) > 1 and target != Target.NOTE})
    if doubled:
        raise Refusal(
            _("有两列都对应“%(what)s”，请只留一列。") % {"what": "、".join(map(str, doubled))}, field="targets"
        )
    if Target.NAME not in given:
        raise Refusal(_("请指定哪一列是姓名。"), field="targets")
    if Target.ID_NUMBER not in given and Target.BIRTH not in given:
        raise Refusal(_("请指定证件号码或出生日期所在的列，否则认不出是谁。"), field="targets")
    if (Target.DESIGNATION in given or options.get("constants", {}).get(Target.DESIGNATION)) and not authority.strip():
        raise Refusal(_("名单里有认定类别，请写明是哪个部门认定的。"), field="authority")


@action(IMPORT, on="batch")
def set_mapping(
    *,
    by: Viewer,
    at: datetime,
    batch: Batch,
    targets: Sequence[str],
    words: MappingOf[str, MappingOf[str, str]],
    options: MappingOf[str, Any],
    authority: str,
    source: str,
    as_of: date,
    save_as: str = "",
) -> Batch:
    """Say what the columns of a batch mean, and keep it under a name for the next list of the same head."""
    if batch.state not in {BatchState.UPLOADED, BatchState.STAGED, BatchState.FAILED, BatchState.CANCELLED}:
        raise Conflict(_("这一批正在核对或已经导入，不能再改对应关系。"))
    checked_targets(targets, options, authority)
    if as_of > day_of(at):
        raise Refusal(_("数据日期还没有到，请填名单上写的日期。"), field="as_of")
    batch.targets, batch.words, batch.options = list(targets), {k: dict(v) for k, v in words.items()}, dict(options)
    batch.authority, batch.source, batch.as_of = authority.strip()[:64], source, as_of
    if save_as.strip():
        batch.mapping = keep_mapping(
            batch.area,
            save_as.strip()[:64],
            batch.heads,
            targets,
            words=batch.words,
            options=batch.options,
            by=by,
            at=at,
        )
    batch.save(update_fields=["targets", "words", "options", "authority", "source", "as_of", "mapping"])
    return batch


def keep_mapping(
    area: int,
    name: str,
    heads: Sequence[str],
    targets: Sequence[str],
    *,
    words: MappingOf[str, Any],
    options: MappingOf[str, Any],
    by: Viewer,
    at: datetime,
) -> Mapping:
    """Keep what columns mean under a name, in the place of what had that name there."""
    columns = {headers.plain_head(head): target for head, target in zip(heads, targets, strict=True) if target}
    return Mapping.objects.update_or_create(
        area=area, county=county_of(area), name=name,
        defaults={
            "fingerprint": headers.fingerprint(heads), "columns": columns, "words": words, "options": options, "saved_at": at, "saved_by": actor(by),
        },
    )[0]  # fmt: skip


def _begin(batch: Batch, state: BatchState, job: str) -> None:
    if Batch.objects.select_for_update().only("state").get(pk=batch.pk).state != batch.state:
        raise Conflict(_("别人刚刚对这一批做了处理，请刷新后再看。"))
    batch.state, batch.stop_asked, batch.problem = state, False, ""
    batch.progress = 0
    batch.save(update_fields=["state", "stop_asked", "problem", "progress"])
    defer(SimpleNamespace(name=job), batch=str(batch.pk))  # by its name: jobs stand on a shelf above


@action(IMPORT, on="batch")
def begin_staging(*, by: Viewer, at: datetime, batch: Batch) -> Batch:
    """Have every row read and held against the registry; what an earlier look had found is thrown away."""
    if batch.state not in {BatchState.UPLOADED, BatchState.STAGED, BatchState.FAILED, BatchState.CANCELLED}:
        raise Conflict(_("这一批正在核对或已经导入。"))
    forget_rows(batch)
    _begin(batch, BatchState.STAGING, "exchange.stage")
    return batch


@action(IMPORT, on="batch")
def begin_applying(*, by: Viewer, at: datetime, batch: Batch) -> Batch:
    """Have everything written that is ready; what waits in the queue stays there."""
    if (
        batch.state not in {BatchState.STAGED, BatchState.APPLIED, BatchState.FAILED, BatchState.CANCELLED}
        or batch.staged_at is None
    ):
        raise Conflict(_("这一批还没有核对完，或已经撤销，不能导入。"))
    _begin(batch, BatchState.APPLYING, "exchange.apply")
    return batch


@action(IMPORT, on="batch")
def begin_undoing(*, by: Viewer, at: datetime, batch: Batch, reason: str) -> Batch:
    """Have the whole batch taken back; refused once somebody has built on it."""
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明为什么撤销，这会记入日志。"), field="reason")
    if batch.state in RUNNING:
        raise Conflict(_("这一批正在处理，做完或停下以后再撤销。"))
    undoable(batch)
    _begin(batch, BatchState.UNDOING, "exchange.undo")
    remark(reason=reason)
    return batch


@action(IMPORT, on="batch")
def ask_to_stop(*, by: Viewer, at: datetime, batch: Batch) -> Batch:
    """Ask the running job to stop after the part it is at: what is written stays, and going on later takes up the rest."""
    if batch.state not in {BatchState.STAGING, BatchState.APPLYING}:
        raise Conflict(_("没有正在进行的工作。"))
    batch.stop_asked = True
    batch.save(update_fields=["stop_asked"])
    return batch


@action(IMPORT, on="batch")
def set_aside(*, by: Viewer, at: datetime, batch: Batch) -> Batch:
    """Give up a batch of which nothing has been brought in: what was staged goes, the batch stays as a trace."""
    if batch.state not in {BatchState.UPLOADED, BatchState.STAGED, BatchState.FAILED}:
        raise Conflict(_("这一批正在处理，或已经导入，不能放弃。"))
    forget_rows(batch)
    batch.state, batch.staged_at = BatchState.CANCELLED, None
    batch.save(update_fields=["state", "staged_at"])
    return batch


@action(IMPORT, on="batch")
def stopped(*, by: Viewer, at: datetime, batch: Batch, state: str, problem: str = "") -> Batch:
    """Write down that a job has stopped before its end, and why."""
    batch.state, batch.problem, batch.stop_asked = state, problem[:200], False
    batch.save(update_fields=["state", "problem", "stop_asked"])
    return batch


@action(IMPORT, on="batch")
def decide_rows(
    *,
    by: Viewer,
    at: datetime,
    batch: Batch,
    rows: Sequence[int],
    answer: str,
    area: int = 0,
    dwellings: MappingOf[int, int] | None = None,
) -> Batch:
    """Decide rows of the queue, one or many at once.

    ``area`` gives them the community that could not be told, ``dwellings`` says by row which of the dwellings on offer is meant.
    """
    if batch.state not in {BatchState.STAGED, BatchState.APPLIED}:
        raise Conflict(_("这一批正在处理，或已经撤销，现在不能决定。"))
    if answer not in {*Answer.values} - {Answer.OPEN}:
        raise Refusal(_("请选择怎么处理。"), field="answer")
    waiting = Row.objects.filter(pk__in=list(rows), batch=batch.pk, verdict=Verdict.UNSURE, applied_at=None)
    if area:
        if not by.may(IMPORT, area):
            raise Refusal(_("您的岗位管不到这个村（社区）。"), field="area")
        waiting.filter(area=batch.area).update(area=area, county=area // 10**9)
    homeless = [row.number for row in waiting if row.area != row.area // 1000 * 1000 or row.area // 1000 % 1000 == 0]
    if homeless and answer in {Answer.TAKE, Answer.NEW}:
        raise Refusal(
            _("第 %(rows)s 行还不知道属于哪个村（社区），请先选定。") % {"rows": "、".join(map(str, homeless[:5]))},
            field="area",
        )
    for row in waiting.filter(pk__in=[pk for pk in dwellings or () if pk in set(rows)]):
        _choose_dwelling(batch, row, (dwellings or {})[row.pk])
    answer_doors(batch, waiting.exclude(home="").values_list("home", flat=True), moves=answer == Answer.TAKE)
    if answer == Answer.BACK:
        count = waiting.update(answer=answer, verdict=Verdict.REFUSED, decided_by=actor(by), decided_at=at)
    else:
        if answer == Answer.KEEP:
            waiting = waiting.filter(person__isnull=False)
        count = waiting.update(answer=answer, decided_by=actor(by), decided_at=at)
    if count != len(set(rows)):
        raise Conflict(_("有几行刚刚已由别人决定，或不能这样处理，请刷新后再看。"))
    remark(rows=count, answer=answer)
    return batch


def _choose_dwelling(batch: Batch, row: Row, chosen: int) -> None:
    if chosen not in {one["line"] for one in row.changes or () if one["field"] == DWELLING}:
        raise Refusal(_("请从列出的住房里选。"), field="dwelling")
    Home.objects.filter(batch=batch.pk, key=row.home, is_settled=False).update(dwelling=chosen)


@action(IMPORT, on="batch")
def give_back(*, by: Viewer, at: datetime, batch: Batch, count: int) -> Batch:
    """Note that the refused rows were taken out as a spreadsheet."""
    remark(rows=count)
    return batch


@action(SIGN, on="batch")
def sign(*, by: Viewer, at: datetime, batch: Batch) -> Signature:
    """Sign the figures as they stand; the second signature is another person's, and both are of the same figures."""
    if batch.state != BatchState.APPLIED:
        raise Conflict(_("导入完成以后才能签字。"))
    now = figures(batch)
    if now.queued:
        raise Conflict(_("还有 %(count)s 行待定，处理完再签字。") % {"count": now.queued})
    if not now.is_even:
        raise Conflict(_("数字对不上，不能签字。请联系系统管理员。"))
    signed = list(Signature.objects.filter(batch=batch))
    if any(one.account_id == by.account_id for one in signed):
        raise Conflict(_("您已经签过字，第二个签字要由另一个人来。"))
    if len(signed) >= SIGNATURES:
        raise Conflict(_("已经有两个人签字。"))
    if any(one.figures != now.signed for one in signed):
        raise Conflict(_("第一个签字以后数字又有变化，请先请他重新核对。"))
    signature = Signature(
        area=batch.area, batch=batch, account_id=by.account_id, actor=actor(by), figures=now.signed, signed_at=at
    )
    signature.save(force_insert=True)
    return signature


def forget_rows(batch: Batch) -> None:
    """Remove what was staged of a batch that has not been brought in."""
    if Row.objects.filter(batch=batch.pk, applied_at__isnull=False).exists():
        raise Conflict(_("这一批已经导入了一部分，请接着导入，或先整批撤销。"))
    Row.objects.filter(batch=batch.pk).delete()
    Home.objects.filter(batch=batch.pk).delete()
    Part.objects.filter(batch=batch).delete()


@action(SWEEP, on="area")
def sweep_batches(*, by: Viewer, at: datetime, area: int) -> None:
    """Remove staged rows and the uploaded table of batches that are done with for 90 days, and after a day tables that no batch names.

    Figures, signatures and the journal stay.
    """
    before = at - timedelta(days=KEPT_DAYS)
    over = Batch.objects.filter(created_at__lt=before).exclude(state__in=RUNNING)
    rows = Row.objects.filter(batch__in=list(over.values_list("pk", flat=True))).delete()[0]
    tables = store().sweep(before=(at - KEPT_UNNAMED).timestamp(), named=lambda digests: needed(digests, before=before))
    remark(rows=rows, tables=tables)


def needed(digests: Sequence[str], *, before: datetime) -> set[str]:
    """Return which tables a batch still needs: one that was taken in since ``before``, or that is being worked on."""
    there = Batch.objects.filter(Q(created_at__gte=before) | Q(state__in=RUNNING), digest__in=digests)
    return set(there.values_list("digest", flat=True))


def keep_table(source: Path | bytes) -> str:
    """Keep an uploaded table in the store and return its digest; it is swept when no batch names it."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    place: Blobs = store()
    return place.put(content)
