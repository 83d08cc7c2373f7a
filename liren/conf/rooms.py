"""FLOORS: the one list of floors and rooms that settings, URLs, the API, the import contracts and the drawing follow."""

from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor of the house: its number, its name and its rooms, lowest shelf first."""

    number: int
    name: str
    rooms: tuple[str, ...]


FLOORS: tuple[Floor, ...] = (
    Floor(0, "base", ()),
    Floor(1, "foundation", ("places", "access", "commons", "policies")),
    Floor(2, "registry", ("",)),
    Floor(3, "engines", ("cases",)),
    Floor(4, "services", ("window",)),
    Floor(6, "exchange", ("",)),
    Floor(7, "faces", ("look", "portal", "workbench")),
)


def rooms() -> tuple[str, ...]:
    """Return the dotted name of every room, from the ground up."""
    return tuple(f"liren.{floor.name}.{room}".rstrip(".") for floor in FLOORS for room in floor.rooms)


def shelves(name: str) -> tuple[str, ...]:
    """Return the dotted names of the modules called ``name`` that rooms have, such as every ``urls``."""
    return tuple(f"{room}.{name}" for room in rooms() if find_spec(f"{room}.{name}") is not None)
