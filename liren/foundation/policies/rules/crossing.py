"""Checks that what the items of packs say about each other holds: posts, code lists, clauses, forms, days."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from liren.foundation.policies.rules.drafts import ItemDraft, PackDraft
from liren.foundation.policies.rules.expressions import category_faults
from liren.foundation.policies.rules.faults import Fault, _

SATURDAY = 5
VERSIONED = frozenset({"category", "term"})
"""Kinds of which a pack may hold several versions under one code, each with its period in force."""
Known = Mapping[str, Mapping[str, frozenset[str]]]
"""By pack code and kind: the codes that are loaded already."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What an item of a pack may refer to: the pack's own items and those of the packs it depends on."""

    pack: PackDraft
    codes: Callable[[str], frozenset[str]]


def cross(drafts: Sequence[PackDraft], known: Known) -> list[Fault]:
    """Return what does not hold between the items of ``drafts``, loaded together on top of what is ``known``."""
    by_code = {draft.code: draft for draft in drafts}
    faults: list[Fault] = []
    for draft in drafts:
        faults += _pack_faults(draft, by_code, known)
        neighbours = Neighbours(draft, lambda kind, draft=draft: _reach(draft, kind, by_code, known))  # type: ignore[misc]
        for item in draft.items:
            faults += _item_faults(item, neighbours)
    return sorted(faults, key=lambda fault: fault.place)


def _reach(draft: PackDraft, kind: str, by_code: Mapping[str, PackDraft], known: Known) -> frozenset[str]:
    found: set[str] = set()
    todo, seen = [draft.code], set()
    while todo:
        code = todo.pop()
        if code in seen:
            continue
        seen.add(code)
        if code in by_code:
            found |= by_code[code].codes(kind)
            todo += by_code[code].depends_on
        else:
            found |= known.get(code, {}).get(kind, frozenset())
    return frozenset(found)


def _pack_faults(draft: PackDraft, by_code: Mapping[str, PackDraft], known: Known) -> Iterator[Fault]:
    head = draft.source
    for number, code in enumerate(draft.depends_on):
        if code not in by_code and code not in known:
            yield Fault(
                head.file,
                head.line("depends_on", number),
                "",
                _("依赖的政策包“%(code)s”没有，请一起载入。"),
                {"code": code},
            )
    if _in_a_circle(draft, by_code):
        yield Fault(head.file, head.line("depends_on"), "", _("政策包互相依赖，绕成了一圈。"))
    if draft.valid_until is not None and draft.valid_until <= draft.valid_from:
        yield Fault(head.file, head.line("in_force_until"), "", _("失效日期不晚于生效日期。"))
    seen: dict[tuple[str, str], list[ItemDraft]] = {}
    for item in draft.items:
        before = seen.setdefault((item.kind, item.code), [])
        for first in before:
            if _overlap(first, item):
                told = {"file": first.file, "line": first.line}
                if item.kind in VERSIONED and (first.valid_from or first.valid_until):
                    yield item.fault(_("和 %(file)s 第 %(line)d 行的同一个代码有效期重叠。"), "code", **told)
                else:
                    yield item.fault(_("这个代码在 %(file)s 第 %(line)d 行已经用过。"), "code", **told)
                break
        before.append(item)


def _overlap(one: ItemDraft, other: ItemDraft) -> bool:
    """Say whether two items with one code would both count on some day; only versioned kinds may stand there twice at all."""
    if one.kind not in VERSIONED:
        return True
    return (one.valid_from or date.min) < (other.valid_until or date.max) and (other.valid_from or date.min) < (
        one.valid_until or date.max
    )


def _in_a_circle(draft: PackDraft, by_code: Mapping[str, PackDraft]) -> bool:
    todo, seen = list(draft.depends_on), set()
    while todo:
        code = todo.pop()
        if code == draft.code:
            return True
        if code not in seen and code in by_code:
            seen.add(code)
            todo += by_code[code].depends_on
    return False


def _item_faults(item: ItemDraft, near: Neighbours) -> Iterator[Fault]:
    if item.valid_from and item.valid_until and item.valid_until <= item.valid_from:
        yield item.fault(_("失效日期不晚于生效日期。"), "valid_until")
    clauses = near.pack.codes("clause")
    for clause, steps in _clauses(item):
        if clauses and clause not in clauses:
            yield item.fault(_("本政策包里没有条款“%(clause)s”。"), *steps, clause=clause)
    if check := CHECKS.get(item.kind):
        yield from check(item, near)


def _clauses(item: ItemDraft) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if item.kind == "clause":
        return
    if item.clause:
        yield item.clause, ("clause",)
    todo: list[tuple[Any, tuple[str | int, ...]]] = [(item.body, ())]
    while todo:
        value, steps = todo.pop()
        if isinstance(value, Mapping):
            if isinstance(value.get("clause"), str):
                yield value["clause"], (*steps, "clause")
            todo += [(inner, (*steps, key)) for key, inner in value.items() if key != "schema"]
        elif isinstance(value, list):
            todo += [(inner, (*steps, number)) for number, inner in enumerate(value)]


def _post(item: ItemDraft, near: Neighbours) -> Iterator[Fault]:
    for number, code in enumerate(item.body.get("incompatible_with", ())):
        if code not in near.codes("post"):
            yield item.fault(_("没有岗位“%(code)s”。"), "incompatible_with", number, code=code)


def _codelist(item: ItemDraft, _near: Neighbours) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, entry in enumerate(item.body["entries"]):
        if entry["code"] in seen:
            yield item.fault(_("代码“%(code)s”在这个代码表里写了两次。"), "entries", number, code=entry["code"])
        seen.add(entry["code"])


def _calendar(item: ItemDraft, _near: Neighbours) -> Iterator[Fault]:
    if "year" not in item.body:
        return
    for key, weekend, template in (
        ("off", False, _("%(day)s 本来就是周末，放假的日子只写周一到周五。")),
        ("worked", True, _("%(day)s 不是周末，调休上班的日子只写周六和周日。")),
    ):
        for number, text in enumerate(item.body[key]):
            day = date.fromisoformat(text)
            if day.year != item.body["year"]:
                yield item.fault(_("%(day)s 不在 %(year)d 年。"), key, number, day=text, year=item.body["year"])
            elif (day.weekday() >= SATURDAY) != weekend:
                yield item.fault(template, key, number, day=text)


def _rating_scale(item: ItemDraft, _near: Neighbours) -> Iterator[Fault]:
    for key in ("code", "value", "name"):
        values = [level[key] for level in item.body["levels"]]
        for number, value in enumerate(values):
            if value in values[:number]:
                yield item.fault(_("“%(value)s”写了两次。"), "levels", number, key, value=value)


def _clause(item: ItemDraft, near: Neighbours) -> Iterator[Fault]:
    for number, tie in enumerate(item.body.get("ties", ())):
        if tie["code"] not in near.codes(tie["kind"]):
            yield item.fault(
                _("没有“%(kind)s %(code)s”，条款不能和它关联。"), "ties", number, kind=tie["kind"], code=tie["code"]
            )


def _annex(item: ItemDraft, _near: Neighbours) -> Iterator[Fault]:
    whole = item.body["county"] + item.body["township"] + item.body["community"]
    if item.code != whole:
        yield item.fault(_("代码应当是县、乡镇、村（社区）连起来的“%(whole)s”。"), "code", whole=whole)


def _category(item: ItemDraft, _near: Neighbours) -> Iterator[Fault]:
    yield from category_faults(item)


def _matter(item: ItemDraft, near: Neighbours) -> Iterator[Fault]:
    body = item.body
    for number, step in enumerate(body["steps"]):
        if step["post"] not in near.codes("post"):
            yield item.fault(_("没有岗位“%(code)s”。"), "steps", number, "post", code=step["post"])
    if body["group"] not in near.codes("codelist:window-group"):
        yield item.fault(_("代码表 window-group 里没有“%(code)s”。"), "group", code=body["group"])
    if body["steps"][0]["verb"] != "accept":
        yield item.fault(_("第一步应当是受理（accept）。"), "steps", 0, "verb")
    if body["rating_scale"] not in near.codes("rating-scale"):
        yield item.fault(_("没有评价等级“%(code)s”。"), "rating_scale", code=body["rating_scale"])
    if body["promised_days"]["value"] > body["legal_days"]["value"]:
        yield item.fault(_("承诺期限比法定期限长。"), "promised_days", "value")
    for name in ("legal_days", "promised_days", "supplement_days"):
        if name in body and (body[name]["unit"] != "working_days" or body[name]["value"] != int(body[name]["value"])):
            yield item.fault(_("期限要用整数的工作日（working_days）。"), name)
    yield from _unique(item, "conditions", "materials", "steps", "eligibility")
    fields = set(_questions(body["form"]["schema"]))
    for number, material in enumerate(body["materials"]):
        if material.get("field", "") and material["field"] not in fields:
            yield item.fault(_("表里没有“%(field)s”这一项。"), "materials", number, "field", field=material["field"])
        if material.get("held_as", {}).get("result_of", item.code) not in near.codes("matter"):
            yield item.fault(
                _("没有事项“%(code)s”。"), "materials", number, "held_as", code=material["held_as"]["result_of"]
            )
    yield from _form(item, body["form"], "form")
    if "form" in body["result"]:
        yield from _form(item, body["result"]["form"], "result", "form")


def _unique(item: ItemDraft, *names: str) -> Iterator[Fault]:
    for name in names:
        codes = [each["code"] for each in item.body.get(name, ())]
        for number, code in enumerate(codes):
            if code in codes[:number]:
                yield item.fault(_("“%(value)s”写了两次。"), name, number, "code", value=code)


def _questions(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield every field that a form's schema can ask for, those of its conditions included."""
    yield from schema["properties"]
    for part in schema.get("allOf", ()):
        yield from part["then"].get("properties", {})


def _form(item: ItemDraft, form: Mapping[str, Any], *at: str) -> Iterator[Fault]:
    schema = form["schema"]
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        path = (*at, "schema", *error.absolute_path)
        yield item.fault(_("表的 JSON Schema 不成立：%(problem)s。"), *path, problem=error.message[:200])
        return
    asked = set(_questions(schema))
    for name, path in _named(form):
        if name not in asked:
            yield item.fault(_("表里没有“%(field)s”这一项。"), *at, *path, field=name)
    placed: set[str] = set()
    for number, step in enumerate(form["steps"]):
        for place, name in enumerate(step["fields"]):
            if name in placed:
                yield item.fault(_("“%(field)s”在两页上都有。"), *at, "steps", number, "fields", place, field=name)
            placed.add(name)
    for name in sorted(asked - placed):
        yield item.fault(_("“%(field)s”没有放到任何一页上。"), *at, "steps", field=name)


def _named(form: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield every field that a form names outside its questions, with the path where it does."""
    schema = form["schema"]
    for number, name in enumerate(schema.get("required", ())):
        yield name, ("schema", "required", number)
    for number, part in enumerate(schema.get("allOf", ())):
        for name in (*part["if"]["properties"], *part["if"]["required"], *part["then"].get("required", ())):
            yield name, ("schema", "allOf", number)
    for name in form.get("prefill", {}):
        yield name, ("prefill", name)
    for number, step in enumerate(form["steps"]):
        for place, name in enumerate(step["fields"]):
            yield name, ("steps", number, "fields", place)


CHECKS: Mapping[str, Callable[[ItemDraft, Neighbours], Iterator[Fault]]] = {
    "post": _post,
    "codelist": _codelist,
    "calendar": _calendar,
    "rating-scale": _rating_scale,
    "clause": _clause,
    "annex": _annex,
    "category": _category,
    "matter": _matter,
}
