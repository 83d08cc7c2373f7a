"""Categories as data: a rule of a pack bound to its parameters, and what its expression reads."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

Node = Mapping[str, Any]
CONFIDENTIAL = "confidential"
MENTIONS = {
    "parents": ("parent", ("away", "death", "designation")),
    "spouse": ("spouse", ("away",)),
    "children": ("child", ("away",)),
    "carers": ("self", ("guardian",)),
}
"""What a placeholder of a reason tells: of whom, which kinds of lines."""
HORIZON_DAYS = 35
"""So many days ahead memberships are written already: a list turns at midnight by itself, no job needed."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a rule, as its pack sets it; ``least`` and ``most`` are how far a trial may go."""

    code: str
    name: str
    name_en: str
    value: int
    unit: str
    verified: bool
    source: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one category's rule; ``item`` is the id of the pack's very text."""

    code: str
    name: str
    name_en: str
    item: int
    version: str
    group: str
    kind: str
    summary: str
    source: str
    article: str
    note: str
    reason: str
    reason_en: str
    verified: bool
    valid_from: date | None
    valid_until: date | None
    is_confidential: bool
    parameters: tuple[Parameter, ...] = ()
    when: Node = field(default_factory=dict, hash=False, compare=False, repr=False)
    bound: tuple[tuple[str, int], ...] = ()
    force: tuple[date | None, date | None] = (None, None)
    """From when until when the rule counts for those who are asked about: its own period, or what is left of it at their place."""

    def number(self, value: int | str) -> int:
        """Return a number of the expression: itself, or the parameter's value that it names."""
        return value if isinstance(value, int) else dict(self.bound)[value[1:]]

    def with_values(self, values: Mapping[str, int]) -> "Rule":
        """Return the rule with other parameters; raise ``ValueError`` outside of what they may be."""
        known = {one.code: one for one in self.parameters}
        for code, value in values.items():
            if code not in known or not known[code].least <= value <= known[code].most:
                raise ValueError(code)
        return replace(self, bound=tuple(sorted({**dict(self.bound), **values}.items())))

    def at_any_time(self) -> "Rule":
        """Return the rule as if it had always counted: for trying it on a day on which another version did."""
        return replace(self, force=(None, None))

    @property
    def key(self) -> int:
        """Return a number for what the rule says: the same text in the next edition of its pack is the same rule."""
        said = [
            self.code,
            str(self.valid_from),
            str(self.valid_until),
            self.version,
            self.bound,
            self.when,
            self.reason,
        ]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

    @property
    def is_as_published(self) -> bool:
        """Say whether every parameter has the value of the pack."""
        return self.bound == tuple(sorted((one.code, one.value) for one in self.parameters))

    def mentions(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return whose lines of which kinds the reason tells: the subject's own are ``self``."""
        found: dict[str, set[str]] = {}
        for name, (who, kinds) in MENTIONS.items():
            if f"{{{name}}}" in self.reason:
                found.setdefault(who, set()).update(kinds)
        if "{self}" in self.reason:
            found.setdefault("self", set()).update(own_kinds(self.when))
        return sorted((who, tuple(sorted(kinds))) for who, kinds in found.items())


def rule_of(*, code: str, name: str, item: int, body: Mapping[str, Any], verified: bool, valid_from: date | None,
            valid_until: date | None) -> Rule:  # fmt: skip
    """Return the rule in the body of a pack's item."""
    parameters = tuple(
        Parameter(
            one["code"], one["name"], one.get("name_en", ""), int(one["figure"]["value"]), one["figure"]["unit"],
            bool(one["figure"]["verified"]), one["figure"].get("source", ""), one.get("least", 0), one.get("most", 1200),
        )
        for one in body["parameters"]
    )  # fmt: skip
    return Rule(
        code=code,
        name=name,
        name_en=body.get("name_en", ""),
        item=item,
        version=body["version"],
        group=body.get("group", "others"),
        kind=body["kind"],
        summary=body.get("summary", ""),
        source=body["source"],
        article=body.get("article", ""),
        note=body.get("note", ""),
        reason=body["reason"],
        reason_en=body.get("reason_en", ""),
        verified=verified,
        valid_from=valid_from,
        valid_until=valid_until,
        is_confidential=bool(body.get("confidential", False)),
        parameters=parameters,
        when=body["when"],
        force=(valid_from, valid_until),
        bound=tuple(sorted((one.code, one.value) for one in parameters)),
    )


def own_kinds(node: Node) -> frozenset[str]:
    """Return the kinds of the subject's own lines that an expression asks for."""
    return frozenset(kind for who, kind in read_by(node) if who == "self")


def read_by(node: Node, who: str = "self") -> Iterator[tuple[str, str]]:
    """Yield (whose, which kind of line) for everything that an expression reads: the dependencies of its members."""
    (key, value), *_rest = node.items()
    if key in {"all", "any"}:
        for inner in value:
            yield from read_by(inner, who)
    elif key == "not":
        yield from read_by(value, who)
    elif key in {"some", "every"}:
        yield from read_by(value["is"], value["who"])
        yield value["who"], "member" if value["who"] == "mate" else "relation"
    elif key == "fact":
        yield who, value["kind"]


def facts_named(node: Node) -> frozenset[str]:
    """Return the kinds of lines of which an expression asks whether one holds, of anybody."""
    (key, value), *_rest = node.items()
    if key in {"all", "any"}:
        return frozenset().union(*(facts_named(inner) for inner in value))
    if key == "fact":
        return frozenset({value["kind"]})
    return facts_named(value if key == "not" else value["is"]) if key in {"not", "some", "every"} else frozenset()


def kin_of_kin(node: Node, *, within: bool = False) -> frozenset[str]:
    """Return which kin an expression asks for of somebody who is kin already: the parents of a spouse."""
    (key, value), *_rest = node.items()
    if key in {"all", "any"}:
        return frozenset().union(*(kin_of_kin(inner, within=within) for inner in value))
    if key == "not":
        return kin_of_kin(value, within=within)
    if key in {"some", "every"}:
        return kin_of_kin(value["is"], within=True) | (frozenset({value["who"]}) if within else frozenset())
    return frozenset()


def codes_asked(node: Node, who: str = "self") -> Iterator[tuple[str, str, str]]:
    """Yield (of whom, which kind of line, which code) for every word that an expression names: a reason tells no others."""
    (key, value), *_rest = node.items()
    if key in {"all", "any"}:
        for inner in value:
            yield from codes_asked(inner, who)
    elif key == "not":
        yield from codes_asked(value, who)
    elif key in {"some", "every"}:
        yield from codes_asked(value["is"], value["who"])
    elif key == "fact":
        for code in value.get("codes", ()):
            yield who, value["kind"], code
