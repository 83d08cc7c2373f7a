"""The house stands as FLOORS says: rooms, shelves, contracts and the drawing agree."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from liren.conf import draw
from liren.conf.rooms import FLOORS, rooms

HOUSE = Path(__file__).parents[2] / "liren"
SHELVES = {
    "__init__", "enums", "rules", "flows", "events", "models", "migrations", "permissions", "queries", "actions", "forms",
    "schemas", "pages", "api", "jobs", "reactions", "management", "urls", "apps", "tests",
}  # fmt: skip
FOLDERS = SHELVES | {"templates", "static", "templatetags", "documents", "data", "schemas", "locale"}
NO_HOME = {"utils", "util", "helpers", "helper", "common", "managers", "services", "misc"}


def folder(room: str) -> Path:
    return HOUSE.joinpath(*room.split(".")[1:])


def sources() -> list[Path]:
    return [path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts]


def test_every_room_on_disk_stands_in_floors() -> None:
    on_disk = {
        ".".join(path.parent.relative_to(HOUSE.parent).parts)
        for path in HOUSE.rglob("apps.py")
        if "conf" not in path.parts
    }

    assert on_disk == set(rooms())


def test_the_contract_names_the_floors_from_the_roof_down() -> None:
    contracts = tomllib.loads((HOUSE.parent / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    by_name = {contract["name"]: contract for contract in contracts}
    named = [layer.strip("()") for layer in by_name["Floors"]["layers"]]

    assert [floor for floor in named if floor in {f.name for f in FLOORS}] == [f.name for f in reversed(FLOORS)]
    foundation = next(floor for floor in FLOORS if floor.name == "foundation")
    assert by_name["Foundation"]["layers"] == list(reversed(foundation.rooms))


@pytest.mark.parametrize("room", rooms())
def test_a_room_says_what_it_is_for_and_keeps_to_its_shelves(room: str) -> None:
    here = folder(room)
    names = {path.stem for path in here.iterdir() if not path.name.startswith((".", "__pycache__"))} - {"__pycache__"}

    assert ast.get_docstring(ast.parse((here / "__init__.py").read_text())), f"{room} has no docstring"
    assert names <= FOLDERS, f"{room} has things that stand on no shelf: {sorted(names - FOLDERS)}"


def test_no_module_has_a_name_without_a_meaning() -> None:
    assert [str(path) for path in sources() if path.stem in NO_HOME] == []


def test_every_module_and_every_public_function_says_what_it_does() -> None:
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text())
        if path.name != "__init__.py" and not ast.get_docstring(tree):
            silent.append(str(path.relative_to(HOUSE)))
        if "tests" in path.parts:
            continue
        silent += [
            f"{path.relative_to(HOUSE)}: {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]

    assert silent == []


def test_files_stay_short_enough_to_read() -> None:
    long = {str(path.relative_to(HOUSE)): n for path in sources() if (n := path.read_text().count("\n")) > 480}

    assert long == {}, "past about 400 lines a file becomes a package of the same name"


WRITES = re.compile(
    r"\.(?:bulk_create|bulk_update|get_or_create|update_or_create|save|delete)\(|\.objects\.create\(|"
    r"\.objects\.[a-z_().,= ]*\.update\("
)
DOORS = {"pages", "api", "reactions", "forms", "queries", "rules", "flows", "permissions"}


def modules(shelves: set[str]) -> list[Path]:
    return [
        path
        for room in rooms()
        for path in folder(room).rglob("*.py")
        if path.relative_to(folder(room)).parts[0].removesuffix(".py") in shelves
    ]


def test_only_actions_write() -> None:
    writing = [
        f"{path.relative_to(HOUSE)}:{number}"
        for path in modules(DOORS)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if WRITES.search(line) and not any(word in line for word in ("session", "form.save", "@router.delete"))
    ]

    assert writing == []


def test_doors_ask_queries_and_not_the_tables() -> None:
    asking = [
        f"{path.relative_to(HOUSE)}:{number}"
        for path in modules({"pages", "api"})
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if ".objects." in line
    ]

    assert asking == []


def test_rooms_are_entered_by_open_shelves_only() -> None:
    closed = {"pages", "urls", "forms", "jobs", "reactions", "migrations", "management", "apps", "tests"}
    inside = {room: folder(room) for room in rooms()}
    breaking = []
    for path in sources():
        if "tests" in path.parts:
            continue
        own = next((room for room, here in inside.items() if here in path.parents), None)
        for node in ast.walk(ast.parse(path.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if not module:
                continue
            other = next((room for room in rooms() if module.startswith(room + ".")), None)
            if other and other != own and own and module.removeprefix(other + ".").split(".")[0] in closed:
                breaking.append(f"{path.relative_to(HOUSE)} enters {module}")

    assert breaking == []


def test_the_drawing_shows_the_house_as_it_is() -> None:
    page = draw.PAGE.read_text()

    assert draw.drawn(page) == page, "run make draw"


def test_no_two_rooms_describe_something_else_under_one_name() -> None:
    """The API's description has one page for each name: a second one would take the place of the first."""
    found: dict[str, set[str]] = {}
    for room in rooms():
        for path in (HOUSE.parent / room.replace(".", "/")).glob("schemas*"):
            for module in [path] if path.is_file() else path.glob("*.py"):
                for name in re.findall(r"^class (\w+)\(", module.read_text(), re.M):
                    found.setdefault(name, set()).add(str(module))

    assert {name: places for name, places in found.items() if len(places) > 1} == {}
    assert len(found) > 30
