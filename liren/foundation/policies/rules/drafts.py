"""A pack as read and shaped, before it is loaded."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from liren.foundation.policies.rules import shape
from liren.foundation.policies.rules.faults import Fault, _
from liren.foundation.policies.rules.reading import PACK_FILE, Source, Steps, read_folder
from liren.foundation.policies.rules.verified import unverified

COLUMNS = frozenset({"code", "name", "clause", "valid_from", "valid_until"})


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One item of a pack; ``body`` is everything the kind's schema allows, ``verified`` whether every figure in it is."""

    kind: str
    code: str
    name: str
    body: Mapping[str, Any]
    clause: str
    source: Source
    steps: Steps
    valid_from: date | None
    valid_until: date | None
    verified: bool

    @property
    def file(self) -> str:
        """Return the file it stands in, below packs/."""
        return self.source.file

    @property
    def line(self) -> int:
        """Return the line where it begins."""
        return self.source.line(*self.steps)

    @property
    def label(self) -> str:
        """Return how a sentence names it: its kind and code, and its clause where it has one."""
        return f"{self.kind} {self.code}" + (f"，{self.clause}" if self.clause else "")

    def fault(self, template: str, *steps: str | int, **values: Any) -> Fault:
        """Return a fault of this item, on the line of the value at ``steps`` inside it."""
        return Fault(self.file, self.source.line(*self.steps, *steps), self.label, template, values)


def codes(items: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, frozenset[str]]:
    """Return what others may refer to by kind: the codes of items, and the entries of each list as ``codelist:<code>``."""
    found: dict[str, set[str]] = {}
    for kind, code, body in items:
        found.setdefault(kind, set()).add(code)
        if kind == "codelist":
            found[f"codelist:{code}"] = {entry["code"] for entry in body["entries"]}
    return {kind: frozenset(each) for kind, each in found.items()}


@dataclass(frozen=True, slots=True)
class PackDraft:
    """A pack with its items; ``digest`` changes whenever anything that counts does, and not with comments or line breaks."""

    code: str
    issuer: str
    title: str
    document_number: str
    issued_on: date | None
    valid_from: date
    valid_until: date | None
    version: str
    depends_on: tuple[str, ...]
    body: Mapping[str, Any]
    source: Source
    items: tuple[ItemDraft, ...]
    digest: str

    def codes(self, kind: str) -> frozenset[str]:
        """Return the codes of the items of a kind; ``codelist:<code>`` are the entries of a code list."""
        return codes((item.kind, item.code, item.body) for item in self.items).get(kind, frozenset())


def read_pack(folder: Path) -> tuple[PackDraft | None, list[Fault]]:
    """Read and shape the pack in ``folder``, whose last two parts are its code; without a draft the faults say why."""
    folder = folder.resolve()
    code = f"{folder.parent.name}/{folder.name}"
    sources, faults = read_folder(folder, code)
    name = f"{code}/{PACK_FILE}"
    heads = [source for source in sources if source.file == name]
    files = [source for source in sources if source.file != name]
    for head in heads:
        faults += shape.check(head, "pack", head.data)
    items: list[ItemDraft] = []
    for source in files:
        wrong = list(_file_faults(source))
        faults += wrong
        if wrong:
            continue
        items += [_item(source, number, data) for number, data in enumerate(source.data["items"])]
    if faults or not heads:
        return None, faults
    head = heads[0]
    draft = _pack(head, items)
    if draft.code != code:
        told = {"code": draft.code, "folder": code}
        return None, [Fault(head.file, head.line("code"), "", _("代码“%(code)s”和文件夹“%(folder)s”不一致。"), told)]
    return draft, []


def _file_faults(source: Source) -> Iterator[Fault]:
    wrong = shape.check(source, "file", source.data)
    yield from wrong
    if wrong:
        return
    for number, data in enumerate(source.data["items"]):
        label = f"{source.data['kind']} {data.get('code', number + 1)}"
        if data.get("clause"):
            label += f"，{data['clause']}"
        yield from shape.check(source, source.data["kind"], data, ("items", number), label)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _item(source: Source, number: int, data: Mapping[str, Any]) -> ItemDraft:
    return ItemDraft(
        kind=source.data["kind"],
        code=str(data["code"]),
        name=data["name"],
        body={key: value for key, value in data.items() if key not in COLUMNS},
        clause=data.get("clause", ""),
        source=source,
        steps=("items", number),
        valid_from=_day(data.get("valid_from")),
        valid_until=_day(data.get("valid_until")),
        verified=not any(True for _path in unverified(data)),
    )


def _pack(head: Source, items: list[ItemDraft]) -> PackDraft:
    data = head.data
    counted = {
        "pack": data,
        "items": sorted(
            (
                [
                    item.kind,
                    item.code,
                    item.name,
                    item.clause,
                    str(item.valid_from),
                    str(item.valid_until),
                    dict(item.body),
                ]
                for item in items
            ),
            key=lambda one: (one[0], one[1]),
        ),
    }
    return PackDraft(
        code=data["code"],
        issuer=data["issuer"],
        title=data["title"],
        document_number=data["document_number"] or "",
        issued_on=_day(data["issued_on"]),
        valid_from=date.fromisoformat(data["in_force_from"]),
        valid_until=_day(data["in_force_until"]),
        version=data["version"],
        depends_on=tuple(data["depends_on"]),
        body={key: data[key] for key in ("title_en", "source", "summary", "about") if key in data},
        source=head,
        items=tuple(items),
        digest=hashlib.sha256(json.dumps(counted, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
    )
