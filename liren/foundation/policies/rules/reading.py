"""Reads the YAML of a pack, remembering on which line everything stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from liren.foundation.policies.rules.faults import Fault, _

Steps = tuple[str | int, ...]
PACK_FILE = "pack.yaml"


class _Loader(yaml.CSafeLoader):
    """YAML in which only what looks like nothing else is a number or a truth: days, codes such as 01 and the word no stay text."""

    yaml_implicit_resolvers: dict[str, Any] = {}


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|)$"), ["n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read: its data, and the line of every value and key by its path; ``file`` is relative to the pack."""

    file: str
    data: Any
    lines: dict[Steps, int] = field(default_factory=dict)
    keys: dict[Steps, int] = field(default_factory=dict)

    def line(self, *steps: str | int) -> int:
        """Return the line (from 1) where the value at this path stands, or that of the nearest thing around it."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)

    def key_line(self, *steps: str | int) -> int:
        """Return the line where the last key of this path is written."""
        return self.keys.get(steps) or self.line(*steps)


class _Reader:
    def __init__(self, file: str) -> None:
        self.source = Source(file, None)
        self.faults: list[Fault] = []
        self.seen: set[int] = set()

    def fault(self, line: int, template: str, **values: Any) -> None:
        self.faults.append(Fault(self.source.file, line, "", template, values))

    def value(self, node: yaml.Node, loader: _Loader, steps: Steps) -> Any:
        line = node.start_mark.line + 1
        self.source.lines[steps] = line
        if id(node) in self.seen:
            self.fault(line, _("这里用了 YAML 的引用（&、*），请把内容写全。"))
            return None
        if isinstance(node, yaml.MappingNode):
            self.seen.add(id(node))
            return self.mapping(node, loader, steps)
        if isinstance(node, yaml.SequenceNode):
            self.seen.add(id(node))
            return [self.value(each, loader, (*steps, number)) for number, each in enumerate(node.value)]
        if node.tag not in _PLAIN_TAGS:
            self.fault(line, _("这里的 YAML 标记“%(tag)s”不能用。"), tag=node.tag)
            return None
        return loader.construct_object(node)

    def mapping(self, node: yaml.MappingNode, loader: _Loader, steps: Steps) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key, str):
                self.fault(line, _("键应当是一个词。"))
                continue
            if key in found:
                self.fault(line, _("键“%(key)s”在同一处写了两次。"), key=key)
            found[key] = self.value(value_node, loader, (*steps, key))
            self.source.keys[(*steps, key)] = line
        return found


_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str")}


def read_text(text: str, file: str) -> tuple[Source | None, list[Fault]]:
    """Read one YAML text; a text that is no YAML gives no source and one fault."""
    reader = _Reader(file)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        data = None if node is None else reader.value(node, loader, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fault = Fault(
            file, mark.line + 1 if mark else 1, "", _("不是正确的 YAML：%(problem)s。"), {"problem": error.problem}
        )
        return None, [fault]
    except yaml.YAMLError as error:
        return None, [Fault(file, 1, "", _("不是正确的 YAML：%(problem)s。"), {"problem": error})]
    finally:
        loader.dispose()
    source = Source(file, data, reader.source.lines, reader.source.keys)
    return source, reader.faults


def read_folder(folder: Path, name: str | None = None) -> tuple[list[Source], list[Fault]]:
    """Read every ``*.yaml`` below ``folder``, pack.yaml first; faults name files as ``name`` (the pack's folder) and path."""
    label = folder.name if name is None else name
    sources: list[Source] = []
    faults: list[Fault] = []
    if not (folder / PACK_FILE).is_file():
        return [], [Fault(f"{label}/{PACK_FILE}", 1, "", _("没有这个文件。每个政策包都要有 pack.yaml。"))]
    for path in _files(folder):
        file = f"{label}/{path.relative_to(folder).as_posix()}"
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            faults.append(Fault(file, line, "", _("不是 UTF-8 编码的文字，请另存为 UTF-8。")))
            continue
        source, wrong = read_text(text, file)
        sources += [source] if source is not None else []
        faults += wrong
    return sources, faults


def _files(folder: Path) -> Iterator[Path]:
    yield folder / PACK_FILE
    yield from sorted(path for path in folder.rglob("*.yaml") if path.relative_to(folder).as_posix() != PACK_FILE)
