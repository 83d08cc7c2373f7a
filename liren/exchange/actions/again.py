"""Rows whose file has moved on since they were held against it: held against it anew, so that a person decides on what stands now."""

from collections.abc import Sequence

from liren.base.codes import normal_phone
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.exchange.actions.staging import Staged, Stager, days, hold_against, judge, unpacked
from liren.exchange.enums import Fault, Verdict
from liren.exchange.models import Batch, Row
from liren.exchange.queries import registry as held
from liren.exchange.rules.cleaning import Wrong
from liren.registry.actions.bulk.copying import blind
from liren.registry.models import Person, Phone

FOUND_BY_LOOKING = frozenset(
    {
        Fault.KEPT_ELSEWHERE, Fault.OTHER_COMMUNITY, Fault.NAME_DIFFERS, Fault.ID_DIFFERS, Fault.LIKELY, Fault.SEVERAL, Fault.CONFLICT,
        Fault.KIN_DIFFERS, Fault.TWO_HEADS, Fault.SEVERAL_DWELLINGS, Fault.OTHER_DWELLING, Fault.NEW_DWELLING, Fault.DECEASED,
    }
)  # fmt: skip
"""What is wrong by the registry, not by the row: it is looked for again."""


def look_again(batch: Batch, pks: Sequence[int]) -> None:
    """Hold rows of a batch against the registry once more; what has become the same in the meantime is unchanged, the rest waits."""
    if not pks:
        return
    stager = Stager(batch)
    rows = list(Row.objects.filter(pk__in=list(pks)).order_by("number"))
    staged = [_staged(row) for row in rows]
    with rescoped(Scope.everything()):
        known = held.by_ids({row.person for row in rows if row.person})
        for row, one in zip(rows, staged, strict=True):
            one.known = known.get(row.person or 0)
        hold_against(stager, staged)
    for row, one in zip(rows, staged, strict=True):
        judge(stager, one)
        row.person = one.known.id if one.known else None
        row.changes = (days(one.compared.changes) if one.compared else []) or None
        row.faults = [[wrong.column, wrong.fault, wrong.shown] for wrong in one.wrong]
        row.verdict = one.verdict if one.verdict in {Verdict.SAME, Verdict.REFUSED} else Verdict.UNSURE
        if row.verdict == Verdict.SAME:
            row.faults = [fault for fault in row.faults if fault[1] not in {Fault.MOVED_ON, Fault.TWO_HEADS}]
    Row.objects.bulk_update(rows, ["person", "changes", "faults", "verdict"])


def _staged(row: Row) -> Staged:
    said = unpacked(row.content["row"])
    phones = {normal: blind(Phone, "number_blind", normal) or b"" for normal in map(normal_phone, said.phones)}
    wrong = [Wrong(column, fault, shown) for column, fault, shown in row.faults if fault not in FOUND_BY_LOOKING]
    return Staged(
        row.number, 0, [], said, row.area, blind(Person, "id_blind", said.number) if said.number else None, phones, home=row.home, wrong=wrong,
        likelihood=row.likelihood,
    )  # fmt: skip
