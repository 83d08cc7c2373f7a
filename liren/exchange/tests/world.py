"""Lists for the tests of the imports: made as spreadsheets, brought in by the cast."""

import io
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import xlsxwriter

from liren.base import clock
from liren.base.codes import citizen_check
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.exchange.actions import batches, running
from liren.exchange.enums import BatchState, Fault
from liren.exchange.models import Batch, Row
from liren.exchange.queries.batches import Figures, figures
from liren.foundation.access.models import Account
from liren.foundation.places.rules import COMMUNITY
from liren.testing.cast import PAIFANG, acting, everywhere

HEADS = ["姓名", "性别", "身份证号", "民族", "联系电话", "户号", "与户主关系", "家庭住址"]


def number_of(birth: date, serial: int, region: str = "990115") -> str:
    """Return a number that is sound, of a region that does not exist."""
    body = f"{region}{birth:%Y%m%d}{serial:03d}"
    return body + citizen_check(body)


def somebody(serial: int, name: str = "", **more: Any) -> list[Any]:
    """Return a row of HEADS about somebody made up."""
    birth = date(1950 + serial % 60, 1 + serial % 12, 1 + serial % 28)
    made = dict(zip(HEADS, [
        name or "王李张刘陈杨赵黄周吴"[serial % 10] + "明红志丽伟芳强敏军静"[serial // 10 % 10] + "国华平安康宁福寿喜乐"[serial // 100 % 10],
        "男" if serial % 2 else "女", number_of(birth, serial % 1000), "汉族", f"1549{serial:07d}", f"A{serial // 3:05d}", "户主" if serial % 3 == 0 else "其他",
        f"牌坊社区{serial % 9 + 1}组{serial // 3}号",
    ], strict=True))  # fmt: skip
    return list((made | more).values())


def book(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook with the rows as they are."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as paper:
        day = paper.add_format({"num_format": "yyyy/m/d"})
        sheet = paper.add_worksheet("名单")
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(line, column, value)
                elif value is not None:
                    sheet.write(line, column, value)
    return made.getvalue()


def taken_in(
    account: Account, rows: Sequence[Sequence[Any]] | bytes, *, area: int = PAIFANG, level: int = COMMUNITY, **more: Any
) -> Batch:
    """Take a list in, with the mapping as it is proposed."""
    content = rows if isinstance(rows, bytes) else book(rows)
    values: dict[str, Any] = {
        "at": clock.now(), "title": "户籍台账", "as_of": clock.today(), "authority": "江宁街道便民服务中心"
    } | more  # fmt: skip
    with acting(account) as by:
        return batches.open_batch(by=by, area=area, level=level, digest=batches.keep_table(content), **values)


def staged(batch: Batch, account: Account, *, size: int = running.PART) -> Batch:
    """Read a list and hold it against the registry."""
    with acting(account) as by:
        batches.begin_staging(by=by, at=clock.now(), batch=batch)
    assert running.run_staging(batch.pk, size=size) == BatchState.STAGED, fresh(batch).problem
    return fresh(batch)


def brought_in(batch: Batch, account: Account) -> Batch:
    """Write what is ready."""
    with acting(account) as by:
        batches.begin_applying(by=by, at=clock.now(), batch=fresh(batch))
    assert running.run_applying(batch.pk) == BatchState.APPLIED, fresh(batch).problem
    return fresh(batch)


def fresh(batch: Batch) -> Batch:
    """Return a batch as it is now."""
    with everywhere():
        return Batch.objects.get(pk=batch.pk)


def counted(batch: Batch) -> Figures:
    """Return the figures of a batch."""
    with everywhere():
        return figures(batch)


def rows(batch: Batch) -> list[Row]:
    """Return the rows of a batch."""
    with everywhere():
        return list(Row.objects.filter(batch=batch.pk).order_by("number"))


def faults(row: Row, *, with_dwellings: bool = False) -> list[str]:
    """Return what is wrong in a row, as codes; that a dwelling is new is said only ``with_dwellings``."""
    return [fault for _column, fault, _shown in row.faults if with_dwellings or fault != Fault.NEW_DWELLING]


@contextmanager
def looking() -> Any:
    """Look at everything."""
    with applied(Scope.everything()):
        yield
