"""Which categories there are at a place on a day, as the packs say it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liren.base.errors import NotFound, Refusal
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.foundation.policies.models import Adoption, PackItem
from liren.foundation.policies.queries import Item, as_item, every_version, find_item, history, items
from liren.registry.rules.categories import Rule, rule_of

KIND = "category"
_RULES: dict[int, Rule] = {}
_KEYS: dict[int, Rule] = {}


def rule_in(item: Item) -> Rule:
    """Return the rule in a pack's item; each process keeps what it has read, for an item never changes."""
    found = _RULES.get(item.id)
    if found is None:
        found = _RULES[item.id] = rule_of(
            code=item.code, name=item.name, item=item.id, body=item.body, verified=item.verified, valid_from=item.valid_from,
            valid_until=item.valid_until,
        )  # fmt: skip
        _KEYS[found.key] = found
    return found


def rules_at(area: int, on: date, *, level: int = COMMUNITY, confidential: bool = False) -> tuple[Rule, ...]:
    """Return the rules that count at a place on a day; those of confidential categories only when asked for."""
    found = (rule_in(item) for item in items(KIND, level=level, area=ancestor(area, level), on=on))
    return tuple(rule for rule in found if confidential or not rule.is_confidential)


def all_rules(level: int = 0, area: int = 0) -> tuple[Rule, ...]:
    """Return every version of every rule that has counted, counts or will count at a place, each with its time: what lists are kept by.

    Without a place: those of the national base. Confidential lists are not kept.
    """
    found = history(KIND, level=level, area=area)
    rules = (
        replace(rule_in(one.item), force=(one.valid_from, one.valid_until)) for every in found.values() for one in every
    )
    return tuple(rule for rule in rules if not rule.is_confidential)


def versions_of(code: str, area: int, *, level: int = COMMUNITY) -> tuple[Rule, ...]:
    """Return all versions of a category's rule that can be tried at a place: its own, the newest first, then what others go by."""
    own = [rule for rule in all_rules(level, ancestor(area, level)) if rule.code == code]
    others = [rule_in(item) for item in every_version(KIND, code)]
    known = {rule.key for rule in own}
    return (*reversed(own), *(rule for rule in others if rule.key not in known and not rule.is_confidential))


def rule_at(code: str, area: int, on: date, *, level: int = COMMUNITY, confidential: bool = False) -> Rule:
    """Return the rule of a category; raise ``NotFound`` where there is none, or none that the asking post may know of."""
    item = find_item(KIND, code, level=level, area=ancestor(area, level), on=on)
    rule = rule_in(item) if item is not None else None
    if rule is None or (rule.is_confidential and not confidential):
        raise NotFound(_("这里没有“%(code)s”这个人群类别。") % {"code": code})
    return rule


def rule_by_key(key: int) -> Rule | None:
    """Return the rule that a membership names, also one that is no longer in force."""
    if key not in _KEYS:
        rows: QuerySet[PackItem] = PackItem.objects.filter(kind=KIND).select_related("pack").order_by("id")
        for row in rows:
            rule = rule_of(
                code=row.code, name=row.name, item=row.pk, body=row.body, verified=row.verified, valid_from=row.valid_from,
                valid_until=row.valid_until,
            )  # fmt: skip
            _KEYS[rule.key] = rule
    return _KEYS.get(key)


def loaded_rules() -> tuple[Rule, ...]:
    """Return every rule of every pack that is loaded, wherever and whenever it counts."""
    rows: QuerySet[PackItem] = PackItem.objects.filter(kind=KIND).select_related("pack")
    return tuple(rule_in(as_item(row)) for row in rows)


def first_loaded_after(moment: datetime) -> frozenset[int]:
    """Return the keys of rules of which nobody knew at a moment: they were loaded with a pack only then, in no edition before."""
    known: dict[int, datetime] = {}
    rows: QuerySet[PackItem] = PackItem.objects.filter(kind=KIND).select_related("pack")
    for row in rows:
        key = rule_in(as_item(row)).key
        known[key] = min(known.get(key, row.pack.loaded_at), row.pack.loaded_at)
    return frozenset(key for key, loaded_at in known.items() if loaded_at > moment)


def trial(rule: Rule, values: dict[str, int]) -> Rule:
    """Return a rule with other parameters; refuse what its pack does not let anybody try."""
    try:
        return rule.with_values(values)
    except ValueError as error:
        one = next((one for one in rule.parameters if one.code == str(error)), None)
        if one is None:
            raise Refusal(_("这个类别没有这个参数。")) from error
        raise Refusal(
            _("“%(name)s”请填 %(least)d 到 %(most)d 之间的整数。")
            % {"name": one.name, "least": one.least, "most": one.most},
            field=one.code,
        ) from error


def rule_sets(areas: Iterable[int]) -> dict[tuple[Rule, ...], list[int]]:
    """Return the areas that go by the same rules together; without any adoption everybody goes by the national base."""
    listed = list(areas)
    if not Adoption.objects.exists():
        return {all_rules(): listed}
    found: dict[tuple[Rule, ...], list[int]] = {}
    for area in listed:
        found.setdefault(all_rules(COMMUNITY, ancestor(area, COMMUNITY)), []).append(area)
    return found


def title_of(rule: Rule) -> str:
    """Return a category's name in the reader's language."""
    return rule.name_en if rule.name_en and (get_language() or "").startswith("en") else rule.name
