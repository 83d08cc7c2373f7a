"""Where the households of a list live: their addresses held against the dwellings of their communities.

One dwelling that fits is taken; a door that nobody has registered is proposed, and registered when the list is brought in; where
several fit, a person chooses. A household that lives elsewhere by the registry moves when the list's word counts for more
(``rules.deciding``), stays when it counts for less, and else a person decides, both addresses side by side.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection

from liren.base.clock import day_of
from liren.base.ids import new_id
from liren.exchange.enums import Fault, Target
from liren.exchange.models import Batch, Home
from liren.exchange.queries.lists import stems_of
from liren.exchange.rules.cleaning import Wrong
from liren.exchange.rules.comparing import Change, Compared
from liren.exchange.rules.deciding import Said, Way, decide
from liren.registry.actions.bulk import (
    DwellingRow,
    remove_dwellings,
    settle_households,
    unsettle_households,
    write_dwellings,
)
from liren.registry.rules.addresses import Door, door_of, read_door

if TYPE_CHECKING:
    from liren.exchange.actions.staging import Staged, Stager

DWELLING = "dwelling"
"""The field of a change that offers a dwelling."""
COMMUNITY = 1000
MOST_OFFERED = 6


@dataclass(frozen=True, slots=True)
class Lived:
    """Where a household lives by the registry, on whose word, and since when that has been known."""

    known: "Known"
    source: str
    on: date


@dataclass(frozen=True, slots=True)
class Known:
    """A dwelling of the registry that an address may mean."""

    id: int
    community: int
    address: str
    door: Door


_BY_DOOR = """
SELECT d.id, d.area, d.address, d.building, d.entrance, d.room
  FROM unnest(%(areas)s::bigint[], %(doors)s::text[]) AS w(area, door)
  JOIN registry_dwelling d ON d.door = w.door AND d.area BETWEEN w.area AND w.area + 999
"""


def dwellings_at(wanted: Iterable[tuple[int, str]], stems: Mapping[int, str]) -> dict[tuple[int, str], list[Known]]:
    """Return the dwellings of communities by door; ``wanted`` are (community, door), ``stems`` the names of communities."""
    pairs = sorted(set(wanted))
    found: dict[tuple[int, str], list[Known]] = {}
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(
                _BY_DOOR, {"areas": [area for area, _door in pairs], "doors": [door for _area, door in pairs]}
            )
            for pk, area, address, building, entrance, room in cursor.fetchall():
                community = area // COMMUNITY * COMMUNITY
                door = door_of(
                    address, building=building, entrance=entrance, room=room, community=stems.get(community, "")
                )
                found.setdefault((community, door.key), []).append(Known(pk, community, address, door))
    return found


def fitting(door: Door, known: Sequence[Known]) -> list[Known]:
    """Return the dwellings that a door may be: the one that says just the same where there is one, else all that contradict nothing."""
    same = [one for one in known if one.door == door]
    return same if len(same) == 1 else [one for one in known if one.door.fits(door)]


@dataclass(slots=True)
class Lodging:
    """A household of a part on its way into the table of homes, and where its address leads; see ``models.Home``."""

    id: int
    key: str
    household: int
    is_new: bool
    dwelling: int | None = None
    door: str = ""
    around: str = ""
    makes_dwelling: bool = False
    former: int | None = None
    is_asked: bool = False


@dataclass(slots=True)
class Told:
    """What the first row of a household says of where it lives: kept until the row itself has been compared."""

    wrong: list[Wrong] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def first_rows(rows: "Iterable[Staged]") -> "dict[str, Staged]":
    """Return of each household of a part the first row that says an address."""
    first: dict[str, Staged] = {}
    for row in rows:
        if row.home and row.area and row.row.address and not row.row.is_refused:
            first.setdefault(row.home, row)
    return first


def find_doors(stager: "Stager", homes: Iterable[Lodging], first: "Mapping[str, Staged]") -> dict[str, Told]:
    """Find where households live, each by its first row that says an address; return what those rows have to tell of it, by household."""
    if not stager.has_address:
        return {}
    asked = {home.key: home for home in homes if home.key in first}
    stems = stager.stems
    lived = _lived([home.household for home in asked.values() if not home.is_new], stems)
    read = {}
    for key in asked:
        community = _community(first[key].area)
        door = read_door(first[key].row.address, stems.get(community, ""))
        if number := door.key:
            read[key] = community, number, door
    known = dwellings_at(((community, number) for community, number, _door in read.values()), stems)
    ids: dict[tuple[int, str, str], int] = {}
    all_told: dict[str, Told] = {}
    for key, (community, number, door) in read.items():
        row, home, told = first[key], asked[key], Told()
        found = fitting(door, known.get((community, number), ()))
        there = lived.get(home.household)
        all_told[key] = told
        if there is not None:
            if there.known.door.fits(door) or any(one.id == there.known.id for one in found):
                continue
            if not _moves(stager, row, home, there, found, told):
                continue
        if len(found) == 1:
            home.dwelling = found[0].id
        elif found:
            told.wrong.append(_wrong(stager, Fault.SEVERAL_DWELLINGS))
            told.changes += [
                Change(DWELLING, one.address, row.row.address, Way.ASK, line=one.id) for one in found[:MOST_OFFERED]
            ]
        else:
            home.door, home.around = number, door.around[:64]
            place = community, home.door, home.around
            home.dwelling = ids[place] = ids.get(place) or new_id()
            home.makes_dwelling = True
            told.wrong.append(_wrong(stager, Fault.NEW_DWELLING))
    return all_told


def tell_doors(first: "Mapping[str, Staged]", all_told: Mapping[str, Told]) -> None:
    """Put what was found of the dwellings of households beside their first rows."""
    for key, told in all_told.items():
        row = first[key]
        row.wrong += told.wrong
        if told.changes:
            row.compared = row.compared or Compared()
            row.compared.changes += told.changes


def keep_doors(homes: Iterable[Lodging]) -> None:
    """Write down where households live that stood in the batch before, or which doors they need, in one statement."""
    changed = [home for home in homes if home.dwelling is not None or home.former is not None]
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE exchange_home h SET dwelling = w.dwelling, door = w.door, around = w.around, makes_dwelling = w.makes_dwelling,"
                " former = w.former, is_asked = w.is_asked"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::boolean[], %s::bigint[], %s::boolean[])"
                " AS w(id, dwelling, door, around, makes_dwelling, former, is_asked) WHERE h.id = w.id",
                [
                    [home.id for home in changed], [home.dwelling for home in changed], [home.door for home in changed],
                    [home.around for home in changed], [home.makes_dwelling for home in changed], [home.former for home in changed],
                    [home.is_asked for home in changed],
                ],
            )  # fmt: skip


def _wrong(stager: "Stager", fault: Fault) -> Wrong:
    return Wrong(stager.cleaner.columns.get(Target.ADDRESS, -1), fault.value, "")


def _moves(stager: "Stager", row: "Staged", home: Lodging, there: Lived, found: Sequence[Known], told: Told) -> bool:
    """Say whether a household that lives elsewhere may move to the list's address, and put both side by side; whoever stays is told of, too."""
    batch = stager.batch
    offered = Said(row.row.address, batch.source, batch.as_of)
    way = decide(DWELLING, Said(there.known.address, there.source, there.on), offered, stager.offer.ranks)
    if way is Way.TAKE and len(found) > 1:
        way = Way.ASK  # where to, a person says
    told.changes.append(
        Change(DWELLING, there.known.address, row.row.address, way, held_source=there.source, held_on=there.on)
    )
    if way is Way.KEEP:
        return False
    home.former, home.is_asked = there.known.id, way is Way.ASK
    if home.is_asked:
        told.wrong.append(_wrong(stager, Fault.OTHER_DWELLING))
    return True


_LIVED = """
SELECT h.id, d.id, d.area, d.address, d.building, d.entrance, d.room, d.source, h.recorded_at
  FROM registry_household h JOIN registry_dwelling d ON d.id = h.dwelling_id WHERE h.id = ANY(%s)
"""


def _lived(households: Sequence[int], stems: Mapping[int, str]) -> dict[int, Lived]:
    """Return where those of some households live that have a dwelling."""
    if not households:
        return {}
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_LIVED, [list(households)])
        for household, pk, area, address, building, entrance, room, source, recorded_at in cursor.fetchall():
            community = area // COMMUNITY * COMMUNITY
            door = door_of(address, building=building, entrance=entrance, room=room, community=stems.get(community, ""))
            found[household] = Lived(Known(pk, community, address, door), source, day_of(recorded_at))
    return found


def _community(area: int) -> int:
    return area // COMMUNITY * COMMUNITY


_ONE_DOOR = f"""
WITH proposed AS (
  SELECT id, dwelling, min(dwelling) OVER (PARTITION BY area / {COMMUNITY}, door, around) AS first
    FROM exchange_home WHERE batch = %(batch)s AND makes_dwelling
), merged AS (
  UPDATE exchange_home h SET dwelling = p.first FROM proposed p WHERE p.id = h.id AND p.first <> p.dwelling
)
SELECT count(DISTINCT first) FROM proposed
"""  # noqa: S608  our own names


def join_doors(batch: Batch) -> int:
    """Give every door that is proposed one dwelling, in however many parts of the list it was found; return how many doors."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_DOOR, {"batch": batch.pk})
        found: int = cursor.fetchone()[0]
    return found


def answer_doors(batch: Batch, homes: Iterable[str], *, moves: bool) -> None:
    """Let households that the registry has live elsewhere move to the list's address, or stay where they are, as somebody has decided."""
    asked = Home.objects.filter(batch=batch.pk, key__in=list(homes), is_asked=True, is_settled=False)
    if moves:
        asked.exclude(dwelling=None).update(is_asked=False)
    else:
        asked.update(dwelling=None, door="", makes_dwelling=False)


def write_doors(batch: Batch, homes: Sequence[Home]) -> None:
    """Register the dwellings that the households of a part need; one that has been registered meanwhile is taken, of several none."""
    making = [home for home in homes if home.makes_dwelling and home.dwelling is not None and not home.is_asked]
    stems = stems_of({_community(home.area) for home in making})
    known = dwellings_at(((_community(home.area), home.door) for home in making), stems)
    rows: dict[int, DwellingRow] = {}
    for home in making:
        door = read_door(home.address, stems.get(_community(home.area), ""))
        found = fitting(door, known.get((_community(home.area), home.door), ()))
        if found and all(one.id != home.dwelling for one in found):
            home.dwelling, home.makes_dwelling = found[0].id if len(found) == 1 else None, False
            home.save(update_fields=["dwelling", "makes_dwelling"])
        elif not found:
            rows[home.dwelling or 0] = DwellingRow(
                home.dwelling or 0, home.area, home.address, door.building and f"{door.building}幢", door.entrance and f"{door.entrance}单元",
                door.room, home.door, batch.source,
            )  # fmt: skip
    write_dwellings((rows[pk] for pk in sorted(rows)), recorded_by=batch.mark)


def settle_doors(homes: Sequence[Home], made: Mapping[int, int | None]) -> None:
    """Let the households of a part live where their addresses lead, as far as they live nowhere yet, or where they were found to have lived.

    ``made`` are those that were just written, with the dwelling in which they live already.
    """
    there = {home.household: home for home in homes if not home.is_settled and not home.is_asked}
    placed = {
        one
        for one, dwelling in made.items()
        if dwelling is not None and one in there and there[one].dwelling == dwelling
    }
    moving = [
        (one, home.dwelling, made.get(one) or home.former)
        for one, home in there.items()
        if one not in placed and (home.dwelling is not None or made.get(one) is not None)
    ]
    settled = settle_households(moving) if moving else set[int]()
    done = [there[one].pk for one in (*placed, *settled) if there[one].dwelling is not None]
    if done:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE exchange_home SET is_settled = true WHERE id = ANY(%s::bigint[])", [_array(done)])


def _array(ids: Iterable[int]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


def forget_doors(batch: Batch) -> None:
    """Let households live nowhere again that the batch had settled, and remove the dwellings that it had registered."""
    homes = Home.objects.filter(batch=batch.pk)
    settled = homes.filter(is_settled=True, dwelling__isnull=False).values_list("household", "dwelling", "former")
    unsettle_households((household, dwelling or 0, former) for household, dwelling, former in settled)
    made = homes.filter(makes_dwelling=True, dwelling__isnull=False).values_list("dwelling", flat=True)
    remove_dwellings([pk for pk in made if pk is not None])
