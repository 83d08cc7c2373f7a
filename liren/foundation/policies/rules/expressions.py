"""Checks what a schema cannot say of a category's rule: parameters, where a `not` may stand, who may be asked about whom."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from liren.foundation.policies.rules.drafts import ItemDraft
from liren.foundation.policies.rules.faults import Fault, _

Steps = tuple[str | int, ...]
OF_BLOOD = frozenset({"parent", "child", "sibling", "grandparent", "grandchild"})
UNITS = {"years", "months"}
FILLED = frozenset({"age", "self", "parents", "spouse", "children", "carers"})
CONFIDENTIAL = "confidential"


def category_faults(item: ItemDraft) -> Iterator[Fault]:
    """Yield everything in a rule that fits the schema and still cannot be meant."""
    body = item.body
    known = [one["code"] for one in body["parameters"]]
    for number, one in enumerate(body["parameters"]):
        figure = one["figure"]
        if one["code"] in known[:number]:
            yield item.fault(_("“%(value)s”写了两次。"), "parameters", number, "code", value=one["code"])
        if figure["unit"] not in UNITS or figure["value"] != int(figure["value"]):
            yield item.fault(_("参数要用整数的年（years）或月（months）。"), "parameters", number, "figure")
        elif not one.get("least", 0) <= figure["value"] <= one.get("most", 1200):
            yield item.fault(_("参数的值不在它自己的上下限之内。"), "parameters", number, "figure", "value")
    used: set[str] = set()
    yield from _expression(item, body["when"], ("when",), used, by_kin=False)
    for number, code in enumerate(known):
        if code not in used:
            yield item.fault(_("规则里没有用到参数“%(code)s”。"), "parameters", number, code=code)
    if not _is_positive(body["when"]):
        yield item.fault(_("规则不能只说“不是什么”，请写明是什么人。"), "when")
    for name in re.findall(r"\{([^{}]*)\}", body["reason"]):
        if name not in FILLED:
            yield item.fault(
                _("理由里的“{%(name)s}”没有内容可填。能用的：%(known)s。"),
                "reason",
                name=name,
                known="、".join(sorted(FILLED)),
            )


def _expression(  # noqa: PLR0912  one for each key
    item: ItemDraft, node: Mapping[str, Any], at: Steps, used: set[str], *, by_kin: bool
) -> Iterator[Fault]:
    (key, value), *_rest = node.items()
    here = (*at, key)
    if key in {"all", "any"}:
        for number, inner in enumerate(value):
            if "not" in inner and key == "any":
                yield item.fault(_("“not”只能写在“all”里面，并且旁边要有肯定的条件。"), *here, number)
            yield from _expression(item, inner, (*here, number), used, by_kin=by_kin)
        if key == "all" and all("not" in inner for inner in value):
            yield item.fault(_("“not”只能写在“all”里面，并且旁边要有肯定的条件。"), *here)
    elif key == "not":
        yield from _expression(item, value, here, used, by_kin=by_kin)
    elif key in {"some", "every"}:
        if by_kin:
            yield item.fault(_("亲属的亲属不能再问，请把条件写到外面。"), *here)
        if value.get("least", 1) > 1 and (value["who"] not in OF_BLOOD or key == "some"):
            yield item.fault(_("“least”只能用在“every”和血亲上。"), *here, "least")
        yield from _expression(item, value["is"], (*here, "is"), used, by_kin=True)
    elif key == "age":
        for name, number in value.items():
            yield from _number(item, number, (*here, name), used)
    elif key == "fact":
        if "months" in value:
            yield from _number(item, value["months"], (*here, "months"), used)
        if (value["kind"] == CONFIDENTIAL) != bool(item.body.get(CONFIDENTIAL)) or (
            value["kind"] == CONFIDENTIAL and by_kin
        ):
            yield item.fault(_("保密认定只能用在保密（confidential: true）的类别里，而且只能看本人。"), *here, "kind")


def _number(item: ItemDraft, number: Any, at: Steps, used: set[str]) -> Iterator[Fault]:
    if isinstance(number, str):
        used.add(number[1:])
        if number[1:] not in {one["code"] for one in item.body["parameters"]}:
            yield item.fault(_("没有参数“%(code)s”，请在 parameters 里写明。"), *at, code=number[1:])


def _is_positive(node: Mapping[str, Any]) -> bool:
    (key, value), *_rest = node.items()
    if key == "not":
        return False
    return any(_is_positive(inner) for inner in value) if key in {"all", "any"} else True
