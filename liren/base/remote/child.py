"""The reading process: what is to be read comes on its input as one line of JSON, rows go out as lines of JSON.

A line is a list (the cells of a row, as texts), ``{"heads": […]}`` before the first row and whenever an API names a further
column, or at the end ``{"end": true}`` or ``{"end": code, "values": {…}}``.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from liren.base.remote.reach import Reach
from liren.base.remote.specs import Api, Database, Paging, PagingStyle
from liren.base.remote.stops import Stop

LONGEST_CELL = 32_767
MOST_COLUMNS = 256
BYTES = 1024 * 1024 * 1024


def main() -> None:
    """Read what the input names."""
    given = json.loads(sys.stdin.readline())
    resource.setrlimit(resource.RLIMIT_CPU, (given["seconds"] + 5, given["seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout
    try:
        sent = lines(given)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        written = 0
        for line in sent:
            text = json.dumps(line, ensure_ascii=False)
            text.encode()  # half a character ends it
            written += len(text)
            if written > given["size"]:
                raise Stop("size", most=given["size"] // 2**20)  # noqa: TRY301  one end for all
            out.write(text + "\n")
        end: dict[str, Any] = {"end": True}
    except Stop as stop:
        end = {"end": stop.code, "values": stop.values}
    except UnicodeEncodeError:
        end = {"end": "not_json", "values": {"why": "text"}}
    except (MemoryError, RecursionError):
        end = {"end": "memory"}
    out.write(json.dumps(end) + "\n")
    out.flush()


def lines(given: dict[str, Any]) -> Iterator[Any]:
    """Yield what is written, but for the end."""
    reach = Reach.read(given["reach"])
    most = given["rows"]
    if given["kind"] == "database":
        yield from database_lines(Database(**given["spec"]), reach, given["seconds"], most, given["stops"])
    else:
        spec = dict(given["spec"])
        paging = spec.pop("paging")
        api = Api(**spec, paging=Paging(**(paging | {"style": PagingStyle(paging["style"])})))
        yield from api_lines(api, reach, most, given["stops"])


def database_lines(spec: Database, reach: Reach, seconds: int, most: int, stops: bool) -> Iterator[Any]:
    """Yield the heads and the rows of a database."""
    from liren.base.remote import databases  # noqa: PLC0415  only the kind that is read is loaded

    found = databases.rows(spec, reach, seconds=seconds)
    heads = [str(one) for one in next(found)]
    _check_heads(heads)
    yield {"heads": heads}
    for number, row in enumerate(found):
        if number >= most:
            if stops:
                return
            raise Stop("rows", most=most)
        yield [plain(value, head) for value, head in zip(row, heads, strict=True)]


def api_lines(spec: Api, reach: Reach, most: int, stops: bool) -> Iterator[Any]:
    """Yield the heads and the rows of an API; a name that was not there before is a further column."""
    from liren.base.remote import answers  # noqa: PLC0415  only the kind that is read is loaded

    places: dict[str, int] = {}
    for number, record in enumerate(answers.Reader(spec, reach).records()):
        if number >= most:
            if stops:
                return
            raise Stop("rows", most=most)
        cells: dict[int, Any] = {}
        before = len(places)
        for name, value in answers.flat(record):
            place = places.setdefault(" ".join(name.split())[:100], len(places))
            cells[place] = plain(value, name)
        if len(places) != before:
            _check_heads(list(places))
            yield {"heads": list(places)}
        yield [cells.get(place) for place in range(len(places))]


def _check_heads(heads: list[str]) -> None:
    if not heads:
        raise Stop("no_columns")
    if len(heads) > MOST_COLUMNS:
        raise Stop("wide", most=MOST_COLUMNS)
    for head in heads:
        if heads.count(head) > 1:
            raise Stop("twice", column=head[:60])


def plain(value: Any, column: str) -> str | None:  # noqa: PLR0911  a line for each kind
    """Return a value as a cell says it: days as ``2024-01-31``, numbers as they are written, what is no text as nothing."""
    if value is None or isinstance(value, bytes | bytearray | memoryview):
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        whole = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if whole else value.replace(microsecond=0, tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dict | list | tuple):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(str(value).replace("\0", "").splitlines())
    if len(text) > LONGEST_CELL:
        raise Stop("cell", column=column[:60])
    return text


if __name__ == "__main__":
    main()
