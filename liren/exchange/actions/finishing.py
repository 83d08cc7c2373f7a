"""The end of staging: who stands in the list twice, who is found by all that is known of them, and then the batch is ready."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from liren.base.action import action, announce, remark
from liren.exchange.actions.doors import join_doors
from liren.exchange.actions.staging import Stager, mark_twins
from liren.exchange.enums import BatchState
from liren.exchange.events import BatchStaged
from liren.exchange.models import Batch
from liren.exchange.permissions import IMPORT
from liren.foundation.access.rules import Viewer

if TYPE_CHECKING:
    import pyarrow as pa


@action(IMPORT, on="batch")
def finish_staging(
    *, by: Viewer, at: datetime, batch: Batch, stager: Stager, ready: "Sequence[pa.Table]" = ()
) -> Batch:
    """Weigh what sure keys have left over, and say that the batch is ready; ``ready`` are rows that were opened by who staged them."""
    from liren.exchange.actions.weighing import weigh  # noqa: PLC0415  a web process, which only defers this, needs no DuckDB

    twins = mark_twins(batch)
    counts = weigh(batch, stager, ready)
    doors = join_doors(batch)
    batch.state, batch.staged_at = BatchState.STAGED, at
    batch.save(update_fields=["state", "staged_at"])
    remark(repeated=twins, doors=doors, **counts)
    announce(BatchStaged(area=batch.area, batch=batch.pk))
    return batch
