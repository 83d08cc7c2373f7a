"""How many addresses of the made-up lists lead to the right dwelling, to a wrong one, or to a person: bounds, and the figures with ``-s``."""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest

from liren.conf.demo.dirt import Dirt
from liren.conf.demo.people import Family, Maker
from liren.conf.demo.sheets import KEPT, TOWN
from liren.exchange.actions.doors import Known, fitting
from liren.exchange.enums import Fault
from liren.exchange.rules.placing import Communities, Community
from liren.registry.rules.addresses import door_of, read_door

ON = date(2026, 11, 21)
SEED = 20151113
HERE, ABROAD = 320115006_000_000, 320115001_000_000
NAMES = [
    "牌坊",
    "天然",
    "花塘",
    "司家",
    "叶村",
    "新洲",
    "大庙",
    "庙庄",
    "陆郎",
    "建中",
    "清修",
    "东善",
    "横溪",
    "石塘",
    "徐慕",
    "丹阳",
    "西岗",
    "前石",
]
PLACES = [(HERE + (200 + n if n % 2 else n + 1) * 1000, name, bool(n % 2)) for n, name in enumerate(NAMES)]
ELSEWHERE = ["安徽省滁州市来安县新安镇{}", "南京市秦淮区夫子庙街道{}", "江宁区东山街道{}", "东山街道后塘村{}"]
PEOPLE = 40_000


def communities() -> Communities:
    """Return the communities of the township with its neighbours, as ``queries.lists.reachable`` gives them."""
    return Communities(
        [Community(area, f"{name}{'村委会' if village else '社区居委会'}") for area, name, village in PLACES],
        [Community(ABROAD + 205_000, "后塘村委会"), Community(ABROAD + 206_000, "天然村委会")],
        above=["江苏省", "南京市", "江宁区"], townships=[(TOWN, HERE), ("东山街道", ABROAD)], abroad=["安徽省", "滁州市", "来安县", "秦淮区"],
    )  # fmt: skip


def families() -> Iterator[Family]:
    return Maker(seed=SEED, on=ON).families(PLACES, PEOPLE)


def outcomes(*, is_named: bool) -> Counter[str]:
    """Return what became of the address of every family, five in six of which have a dwelling in the registry."""
    dice, places = Random(SEED), communities()
    dirt = Dirt(KEPT, dice)
    stems = {area: one.stem for area, one in places.own.items()}
    known: dict[tuple[int, str], list[Known]] = {}
    homes = list(families())
    for number, family in enumerate(homes):
        if number % 6:
            door = door_of(family.address, community=stems[family.community])
            known.setdefault((family.community, door.key), []).append(
                Known(number, family.community, family.address, door)
            )
    found: Counter[str] = Counter()
    for number, family in enumerate(homes):
        name = next(name for area, name, _village in PLACES if area == family.community)
        dirt.begin()
        written = dirt.address(family.address, name, TOWN)
        is_slip = "address:slip" in dirt.noted()
        area, fault = places.resolve(name if is_named else "", written)
        if fault is not None:
            found["queued" if fault is Fault.UNKNOWN_PLACE else "refused"] += 1
            continue
        door = read_door(written, stems[area])
        fits = fitting(door, known.get((area, door.key), ())) if door.key else []
        if is_slip:
            found["slip"] += 1
        elif not door.key or len(fits) > 1:
            found["queued"] += 1
        elif fits:
            found["right" if fits[0].id == number else "wrong"] += 1
        else:
            found["wrong" if number % 6 or area != family.community else "right"] += 1
    return found


@pytest.mark.parametrize("is_named", [True, False])
def test_addresses_lead_to_the_right_dwelling_or_to_a_person(is_named: bool) -> None:
    found = outcomes(is_named=is_named)

    told = found.total() - found["slip"]
    shares = {what: round(found[what] / told, 4) for what in ("right", "wrong", "queued", "refused")}
    sys.stdout.write(
        f"\n{'with' if is_named else 'without'} a column for the community: {shares}, of {told}; {found['slip']} were miscopied\n"
    )
    assert told > 12_000
    assert shares["wrong"] <= 0.001
    assert shares["refused"] == 0
    assert shares["queued"] <= (0.02 if is_named else 0.10)
    assert shares["right"] >= (0.98 if is_named else 0.90)


def test_addresses_of_elsewhere_are_never_taken_for_the_own_ones() -> None:
    places = communities()

    for family in list(families())[:3000]:
        door = family.address[2:]
        assert [places.resolve("", form.format(door)) for form in ELSEWHERE] == [(0, Fault.ELSEWHERE)] * len(ELSEWHERE)
