"""From lines of a sheet to staged rows: cleaned, placed, held against the registry, written part by part."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from pydantic_core import to_json

from liren.base.action import action, remark
from liren.base.codes import normal_phone
from liren.base.fields import field_of
from liren.base.ids import new_ids
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.exchange.actions.doors import Lodging, Told, find_doors, first_rows, keep_doors, tell_doors
from liren.exchange.actions.housekeeping import hold_heads
from liren.exchange.actions.kin import hold_kin
from liren.exchange.enums import NOTED, REFUSING, Fault, Verdict
from liren.exchange.models import Batch, Home, Part, Row
from liren.exchange.permissions import IMPORT
from liren.exchange.queries import lists
from liren.exchange.queries import registry as held
from liren.exchange.queries.openings import beginning, ready_row
from liren.exchange.rules.cleaning import Cleaned, Cleaner, Line, Wrong
from liren.exchange.rules.comparing import Change, Compared, Offer, compare, kinds_to_read
from liren.exchange.rules.placing import Communities
from liren.foundation.access.rules import Viewer
from liren.registry.actions.bulk.copying import NULL, copy_in, line, octets, text
from liren.registry.actions.bulk.writing import named
from liren.registry.models import Person, Phone

ROW = (
    "id", "area", "county", "batch", "part", "number", "verdict", "answer", "person", "home", "name", "birth_on", "id_blind", "mark", "faults",
    "likelihood", "content", "changes", "made", "decided_by", "decided_at", "applied_at",
)  # fmt: skip
HOME = (
    "id",
    "area",
    "county",
    "batch",
    "key",
    "household",
    "is_new",
    "number",
    "address",
    "door",
    "around",
    "dwelling",
    "makes_dwelling",
    "former",
    "is_asked",
    "is_settled",
)
COUNTY = 10**9
CODES = {verdict: verdict.value for verdict in Verdict}
WEIGHED = frozenset({Verdict.NEW, Verdict.UNSURE})
"""What becomes of rows that no sure key has found and that do not go back."""


SAID = tuple(name for name in Cleaned.__slots__ if name not in {"wrong", "lines"})
SAID_DAYS = ("birth_on", "since", "deceased_on")
LINE = Line.__slots__
_said, _line_said = attrgetter(*SAID), attrgetter(*LINE)


@dataclass(slots=True)
class Staged:
    """A row on its way into the table."""

    number: int
    block: int
    cells: list[Any]
    row: Cleaned
    area: int = 0
    blind: bytes | None = None
    phones: dict[str, bytes] = field(default_factory=dict)
    known: held.Known | None = None
    home: str = ""
    household: int | None = None
    verdict: Verdict = Verdict.NEW
    wrong: list[Wrong] = field(default_factory=list)
    compared: Compared | None = None
    likelihood: float | None = None


class Stager:
    """What every part of one batch needs: made once in each process."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        on = batch.as_of
        words = lists.words(level=batch.level, area=batch.area, on=on)
        for target, given in batch.words.items():
            words.setdefault(target, {}).update(given)
        self.cleaner = Cleaner(batch.targets, words=words, on=on, constants=batch.options.get("constants", {}))
        self.places: Communities = lists.reachable(batch.level, batch.area)
        self.offer = Offer(
            batch.source,
            on,
            lists.ranks(level=batch.level, area=batch.area, on=on),
            "register" if batch.options.get("household") == "register" else "member",
        )
        self.in_blocks = bool(batch.options.get("blocks"))
        self.residence = str(batch.options.get("residence", ""))
        self.vouched = bool(batch.options.get("families"))
        self.has_address = "address" in self.cleaner.columns
        self.stems = {area: one.stem for area, one in self.places.own.items()}
        self.blind_number = field_of(Person, "id_blind").blinder()
        self.blind_phone = field_of(Phone, "number_blind").blinder()

    def rows(self, lines: Sequence[tuple[int, int, list[Any]]]) -> list[Staged]:
        """Clean and place the lines of a part."""
        clean, resolve, blind_number, blind_phone = (
            self.cleaner.clean,
            self.places.resolve,
            self.blind_number,
            self.blind_phone,
        )
        found = []
        for number, block, cells in lines:
            row = clean(cells)
            residence = row.residence
            if not residence:
                residence = row.residence = self.residence or self._lives(row)
            staged = Staged(number, block, cells, row, wrong=row.wrong.copy())
            staged.area, fault = resolve(row.community, row.address, "" if residence == "incomer" else row.registered)
            if fault is not None:
                staged.wrong.append(
                    Wrong(
                        self.cleaner.columns.get("community", -1), fault, self.places.shown(row.community, row.address)
                    )
                )
            if row.number:
                staged.blind = blind_number(row.number)
            for phone in row.phones:
                normal = normal_phone(phone)
                staged.phones[normal] = blind_phone(normal)
            staged.home = self._home(row, block)
            found.append(staged)
        return found

    def _lives(self, row: Cleaned) -> str:
        """Return what a register elsewhere says of somebody who stands in a list of here."""
        return "incomer" if row.registered and self.places.is_elsewhere(row.registered) else ""

    def _home(self, row: Cleaned, block: int) -> str:
        if row.household:
            return f"n:{row.household}"
        if self.in_blocks:
            return f"b:{block}"
        if row.head and row.address:
            return "h:" + sha256(f"{row.head}|{row.address}".encode()).hexdigest()[:24]
        return ""


@action(IMPORT, on="batch")
def stage_part(
    *,
    by: Viewer,
    at: datetime,
    batch: Batch,
    stager: Stager,
    number: int,
    lines: Sequence[tuple[int, int, list[Any]]],
    asides: Sequence[tuple[int, str, str]] = (),
) -> list[tuple[Any, ...]]:
    """Stage a part of a batch, once: (line, household, cells) of each row, and the lines that are none.

    Return the rows that no sure key has found, opened for the weighing with those of the other parts; nothing for a part that is there.
    """
    if Part.objects.filter(batch=batch, number=number).exists():
        return []
    rows = stager.rows(lines)
    with rescoped(Scope.everything()):  # whether somebody has a file elsewhere in the county is seen by the job alone
        hold_against(stager, rows)
    for row in rows:
        judge(stager, row)
    counts = Counter(CODES[row.verdict] for row in rows)
    part = Part(
        area=batch.area, batch=batch, number=number, first=lines[0][0] if lines else 0, last=lines[-1][0] if lines else 0,
        counts=dict(counts), asides=[list(one) for one in asides],
    )  # fmt: skip
    part.save(force_insert=True)
    ids = list(new_ids(len(rows)))
    copy_in("default", Row._meta.db_table, ROW, _lines(batch, number, zip(ids, rows, strict=True)))
    remark(part=number, **counts)
    return [
        _loose(pk, batch, row)
        for pk, row in zip(ids, rows, strict=True)
        if row.known is None and row.verdict in WEIGHED
    ]


def _loose(pk: int, batch: Batch, staged: Staged) -> tuple[Any, ...]:
    row = staged.row
    number = 0 if staged.blind is None else beginning(staged.blind)
    keys = [beginning(mark) for mark in staged.phones.values()]
    return ready_row(
        pk, row.name, row.sex or "0", row.birth_on, row.number, number, keys, staged.area or batch.area, staged.home
    )


def _lines(batch: Batch, part: int, rows: Iterable[tuple[int, Staged]]) -> Iterator[str]:
    """Yield the rows of a part as COPY reads them: what they say is sealed, and marked for telling the same from another."""
    seal_content, seal_changes = (field_of(Row, name).sealer() for name in ("content", "changes"))
    blind_mark = field_of(Row, "mark").blinder()
    batch_pk, batch_area = batch.pk, batch.area
    for pk, staged in rows:
        row = staged.row
        area = staged.area or batch_area
        said = to_json(packed(row))
        content = seal_content(b'{"cells":%b,"row":%b}' % (to_json(staged.cells), said))
        known, compared, wrong = staged.known, staged.compared, staged.wrong
        blind, mark = (
            (NULL, NULL) if staged.blind is None else (octets(staged.blind), octets(blind_mark(said.decode())))
        )
        faults = text(as_json([(one.column, one.fault, one.shown) for one in wrong])) if wrong else "[]"
        changes = octets(seal_changes(to_json(compared.changes))) if compared is not None and compared.changes else NULL
        yield (
            f"{pk}\t{area}\t{area // COUNTY}\t{batch_pk}\t{part}\t{staged.number}\t{CODES[staged.verdict]}\t\t"
            f"{NULL if known is None else known.id}\t{text(staged.home)}\t{text(row.name)}\t{row.birth_on or NULL}\t"
            f"{blind}\t{mark}\t{faults}\t{text(staged.likelihood)}\t{octets(content)}\t{changes}\t{NULL}\t\t{NULL}\t{NULL}\n"
        )


def packed(row: Cleaned) -> dict[str, Any]:
    """Return what a row says as it is written in JSON, without what is empty."""
    found: dict[str, Any] = {name: value for name, value in zip(SAID, _said(row), strict=True) if value}
    if row.lines:
        found["lines"] = [
            {name: value for name, value in zip(LINE, _line_said(one), strict=True) if value} for one in row.lines
        ]
    return found


def unpacked(said: dict[str, Any]) -> Cleaned:
    """Return what a row says from its JSON."""
    values = dict(said)
    for name in SAID_DAYS:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    lines = []
    for one in values.pop("lines", ()):
        day = date.fromisoformat(one["valid_from"]) if "valid_from" in one else None
        lines.append(Line(**{**one, "valid_from": day}))
    return Cleaned(**values, lines=lines)


def as_json(value: Any) -> str:
    """Return a value as JSON without spaces; days as ISO 8601."""
    return to_json(value).decode()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def days(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return changes as JSON."""
    return [{key: _plain(value) for key, value in asdict(one).items()} for one in changes]


# Holding against the registry


def hold_against(stager: Stager, rows: list[Staged]) -> None:
    """Find whom rows are about, unless that is known, and what differs; in a scope that sees the whole county."""
    by_county: dict[int, list[Staged]] = {}
    for row in rows:
        if not row.row.is_refused:
            by_county.setdefault((row.area or stager.batch.area) // COUNTY, []).append(row)
    for county, here in by_county.items():
        _match(county, [row for row in here if row.known is None])
        first = first_rows(here)
        told = _settle_homes(stager, county, here, first)
        compare_rows(stager, here)
        hold_heads(stager, here)
        hold_kin(stager, here)
        tell_doors(first, told)


def _match(county: int, rows: list[Staged]) -> None:
    known = held.by_numbers(county, [row.blind for row in rows if row.blind])
    for row in rows:
        row.known = known.get(row.blind) if row.blind else None
    loose = [row for row in rows if row.known is None and row.row.name and row.row.birth_on]
    names = held.by_names(
        county, {(named(row.row.name)[0], row.row.name, row.row.birth_on) for row in loose if row.row.birth_on}
    )
    alike = [one for found in names.values() for one in found]
    held.add_phones(alike)
    for row in loose:
        assert row.row.birth_on is not None
        _by_name(row, names.get((row.row.name, row.row.birth_on), []))


def _by_name(row: Staged, alike: list[held.Known]) -> None:
    """Match by name, birth and phone where no number does; whoever has another number is somebody else unless the phone is the same."""
    reached = [one for one in alike if one.phones & set(row.phones.values())]
    bare = [one for one in alike if not one.has_number or not row.blind]
    if len(reached) == 1:
        row.known = reached[0]
        if row.blind and reached[0].has_number:
            row.wrong.append(Wrong(-1, Fault.ID_DIFFERS))
    elif len(reached) > 1 or len(bare) > 1:
        row.wrong.append(Wrong(-1, Fault.SEVERAL))
    elif bare:
        row.known = bare[0]
        row.wrong.append(Wrong(-1, Fault.LIKELY))


def _settle_homes(stager: Stager, county: int, rows: list[Staged], first: dict[str, Staged]) -> dict[str, Told]:
    """Say for each household key of the part which household of the registry it is and where it lives; return what is to be told of that.

    A new household gets its id here, once in the batch: where another part has been quicker, what that one has written counts.
    """
    keys = {row.home: row for row in reversed(rows) if row.home and row.area}
    if not keys:
        return {}
    settled = lists.settled_homes(county, stager.batch.pk, keys)
    told: dict[str, Told] = {}
    fresh = [key for key in keys if key not in settled]
    if fresh:
        made = _new_homes(stager, county, rows, sorted(fresh))
        told = find_doors(stager, made, first)
        written = set(_write_homes(stager, county, keys, made))
        told = {key: one for key, one in told.items() if key in written}
        settled |= {home.key: (home.id, home.household, home.is_new, False) for home in made if home.key in written}
        if len(written) < len(fresh):
            settled |= lists.settled_homes(county, stager.batch.pk, set(fresh) - written)
    doorless = [
        Lodging(pk, key, household, is_new) for key, (pk, household, is_new, is_open) in settled.items() if is_open
    ]
    told |= find_doors(stager, doorless, first)
    keep_doors(doorless)
    for row in rows:
        if row.area and row.home:
            row.household = settled[row.home][1]
    return told


def _new_homes(stager: Stager, county: int, rows: list[Staged], keys: list[str]) -> list[Lodging]:
    """Return the households that stand for the first time in the batch: one of the registry where number, head or member tell which."""
    kind = "register" if stager.offer.member == "register" else "living"
    wanted = set(keys)
    numbers = {key[2:]: key for key in keys if key.startswith("n:")}
    found: dict[str, int] = {}
    for pk, _area, number, _address, _at in held.households(county, kind, numbers=numbers):
        found[numbers[number]] = pk
    for row in rows:  # the household in which the head, or else any member, stands already
        theirs = None if row.known is None else row.known.household if kind == "living" else row.known.register
        if theirs is not None and row.home.startswith("n:") and row.home not in found:
            continue  # a number that the registry does not know is a new household
        if theirs is not None and row.home in wanted and (row.row.relation == "02" or row.home not in found):
            found[row.home] = theirs
    ids = new_ids(2 * len(keys))
    return [Lodging(next(ids), key, found.get(key) or next(ids), key not in found) for key in keys]


def _write_homes(stager: Stager, county: int, keys: dict[str, Staged], made: list[Lodging]) -> list[str]:
    """Write the households of a part and return the keys of those that no other part had written before."""
    unknown = str(_("住址不详"))
    lines = (
        line((
            home.id, keys[home.key].area, county, stager.batch.pk, home.key, home.household, home.is_new, keys[home.key].row.household,
            keys[home.key].row.address or unknown, home.door, home.around, home.dwelling, home.makes_dwelling, home.former, home.is_asked, False,
        ))
        for home in made
    )  # fmt: skip
    return copy_in("default", Home._meta.db_table, HOME, lines, conflict="ON CONFLICT DO NOTHING", returning="key")


def compare_rows(stager: Stager, rows: list[Staged]) -> None:
    """Find what differs between rows and the people they are about."""
    matched = [row for row in rows if row.known is not None]
    people = {row.known.id: row.known for row in matched if row.known is not None}
    if any(row.phones for row in matched):
        held.add_phones(one for one in people.values() if not one.phones)
    wanted = {
        (row.known.id, kind)
        for row in matched
        if row.known is not None
        for kind in kinds_to_read(row.row, row.known, row.household, stager.offer)
    }
    held.add_standing(people, wanted)
    for row in matched:
        known = row.known
        assert known is not None
        fresh = [number for number, mark in row.phones.items() if mark not in known.phones]

        def line_of(kind: str, code: str | None, of: held.Known = known) -> Any:
            return held.standing_of(of, kind, stager.offer.on, code=code)

        row.compared = compare(row.row, known, row.household, fresh, stager.offer, line_of)


def judge(stager: Stager, row: Staged) -> None:
    """Give a row its verdict."""
    if row.known is not None:
        own = stager.places.own
        if row.known.area // 1000 * 1000 not in own:
            row.wrong.append(Wrong(-1, Fault.KEPT_ELSEWHERE))
            row.known, row.compared = None, None
        elif row.area and row.known.area // 1000 != row.area // 1000:
            row.wrong.append(Wrong(-1, Fault.OTHER_COMMUNITY))
    if row.compared is not None:
        row.wrong += row.compared.wrong
    stops = [one.fault for one in row.wrong if one.fault not in NOTED]
    asks = row.compared is not None and row.compared.asks
    if any(fault in REFUSING for fault in stops):
        row.verdict = Verdict.REFUSED
    elif stops or asks:
        if not stops:
            row.wrong.append(Wrong(-1, Fault.CONFLICT))
        row.verdict = Verdict.UNSURE
    elif row.known is None:
        row.verdict = Verdict.NEW
    else:
        row.verdict = Verdict.CHANGED if row.compared is not None and row.compared.takes else Verdict.SAME


# After the last part


_TWINS = """
WITH seen AS (
  SELECT id, mark = first_value(mark) OVER w AS is_same, row_number() OVER w AS place
  FROM exchange_row WHERE batch = %(batch)s AND verdict <> 'refused' AND id_blind IS NOT NULL
  WINDOW w AS (PARTITION BY id_blind ORDER BY number)
)
UPDATE exchange_row r SET verdict = CASE WHEN is_same THEN 'same' ELSE 'unsure' END,
  faults = r.faults || jsonb_build_array(jsonb_build_array(-1, CASE WHEN is_same THEN %(again)s ELSE %(twice)s END, ''))
FROM seen WHERE seen.id = r.id AND seen.place > 1
"""


def mark_twins(batch: Batch) -> int:
    """Mark the second and further rows of one number: they go to a person."""
    with connection.cursor() as cursor:
        cursor.execute(_TWINS, {"batch": batch.pk, "twice": Fault.TWICE.value, "again": Fault.REPEATED.value})
        found: int = cursor.rowcount
    return found
