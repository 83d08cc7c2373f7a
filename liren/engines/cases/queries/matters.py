"""Matters as they count at a place on a day, their forms, and what is already known of an applicant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from liren.base.calendar import Calendar
from liren.base.clock import day_of
from liren.base.errors import Refusal
from liren.base.jsonform import Form
from liren.engines.cases.enums import Outcome, State
from liren.engines.cases.models import Case
from liren.engines.cases.rules.eligibility import Paper, Verdict, judge, papers
from liren.engines.cases.rules.everyday import fit
from liren.engines.cases.rules.matter import RESULT, Matter, read_matter
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import place_by_code
from liren.foundation.places.rules import COMMUNITY
from liren.foundation.policies import queries as policies
from liren.registry import queries as registry
from liren.registry.models import Person
from liren.registry.queries import Prefilled

DRAFT_DAYS = 30  # where no policy sets the term ``draft-days``
RATING_DAYS = 30  # where no policy sets the term ``rating-days``

# Items never change under their id, so what was read from one stays true for the life of the process.
_matters: dict[int, Matter] = {}
_communities: dict[str, int] = {}
_forms: dict[tuple[int, str], Form] = {}


def matter(code: str, area: int, *, on: date) -> Matter:
    """Return the matter as it counts at a community on a day; raise ``NotFound`` where there is none."""
    return _read(policies.item("matter", code, level=COMMUNITY, area=area, on=on))


def matter_of(case: Case) -> Matter:
    """Return the matter by the very version under which a case was made."""
    return _matters.get(case.item) or _read(policies.item_by_id(case.item))


def matters(area: int, *, on: date, words: str = "") -> list[Matter]:
    """Return the matters of a community, best match first when everyday ``words`` are given."""
    found = [_read(item) for item in policies.items("matter", level=COMMUNITY, area=area, on=on)]
    if not words.strip():
        return found
    said = words.strip().lower()
    ranked = [(fit(said, [one.name, one.name_en.lower(), *one.aliases], one.summary), one) for one in found]
    return [one for rank, one in sorted(ranked, key=lambda pair: -pair[0]) if rank]


def _read(item: policies.Item) -> Matter:
    read = _matters.get(item.id)
    if read is None:
        read = _matters[item.id] = read_matter(
            {**item.body, "code": item.code, "name": item.name, "verified": item.verified, "clause": item.clause},
            item.id,
        )
    return read


def form_of(one: Matter) -> Form:
    """Return the form that an applicant fills in."""
    return _form(one, "form", one.form)


def result_form_of(one: Matter) -> Form:
    """Return the form that the deciding worker fills in."""
    return _form(one, "result", one.result.form)


def _form(one: Matter, which: str, body: Mapping[str, Any]) -> Form:
    form = _forms.get((one.item_id, which))
    if form is None:
        form = _forms[one.item_id, which] = Form(body["schema"], body["steps"])
    return form


def calendar_of(area: int, *, on: date) -> Calendar:
    """Return the working days at a community as they are known on a day."""
    return policies.calendar(level=COMMUNITY, area=area, on=on)


def term_days(area: int, code: str, *, on: date, otherwise: int) -> int:
    """Return a number of days that policy sets at a place."""
    found = policies.find_item("term", code, level=COMMUNITY, area=area, on=on)
    return int(found.body["figure"]["value"]) if found else otherwise


def kept_until(draft: Case) -> date:
    """Return the day on which a draft that nobody touches any more is thrown away (term ``draft-days``)."""
    on = day_of(draft.updated_at)
    return on + timedelta(days=term_days(draft.area, "draft-days", on=on, otherwise=DRAFT_DAYS))


def rated_until(case: Case) -> date | None:
    """Return the last day on which a finished case may be rated (term ``rating-days``)."""
    if case.finished_at is None:
        return None
    on = day_of(case.finished_at)
    return on + timedelta(days=term_days(case.area, "rating-days", on=on, otherwise=RATING_DAYS))


def known_facts(viewer: Viewer, one: Matter, person: Person | None, *, on: date) -> dict[str, Prefilled]:
    """Return what the registry knows of a person for this matter, by path (``person.name`` …), with where it comes from."""
    if person is None:
        return {}
    held = {need.held_as for need in one.materials} - {""}
    paths = {*one.prefill.values(), *(rule.fact for rule in one.eligibility), *held}
    return {
        **registry.prefill(viewer, person, {path: path for path in paths - {""}}, on=on),
        **_earlier_results(held, person.pk),
    }


def _earlier_results(held: Iterable[str], person_id: int) -> dict[str, Prefilled]:
    """Return what somebody was granted before, as far as ``held`` asks for it (``result.<matter>``): the number of the latest case."""
    asked = {path.removeprefix(RESULT) for path in held if path.startswith(RESULT)}
    if not asked:
        return {}
    granted = Case.objects.filter(
        subject=person_id, matter__in=asked, outcome=Outcome.APPROVED, state__in=[State.FINISHED, State.RATED]
    )
    return {
        f"{RESULT}{case.matter}": Prefilled(
            case.number, _("办件 %(number)s 的结果") % {"number": case.number}, case.finished_at or case.updated_at
        )
        for case in granted.only("number", "matter", "finished_at", "updated_at").order_by("id")
    }


def facts_of_applicant(viewer: Viewer, one: Matter, person_id: int | None, *, on: date) -> dict[str, Any]:
    """Return the plain facts about an applicant that decide something in this matter: held papers, fields not to be changed.

    A matter that asks the registry for neither costs a resident no query. Raise ``NotFound`` when staff name somebody who is
    not in their scope.
    """
    held = {need.held_as for need in one.materials} - {""}
    fixed = {each.name for each in form_of(one).fields if each.readonly} & one.prefill.keys()
    if not person_id:
        return {}
    wanted = held or fixed
    if viewer.mode == "resident":
        person = registry.own_person(viewer) if wanted else None
    else:
        person = registry.person_for(viewer, person_id)
    if person is None or not wanted:
        return {}
    paths = held | {one.prefill[name] for name in fixed}
    return values(
        {**registry.prefill(viewer, person, {path: path for path in paths}, on=on), **_earlier_results(held, person.pk)}
    )


def community(code: str) -> int:
    """Return the area key of a community by its code of 12 digits; raise ``Refusal`` where there is none."""
    area = _communities.get(code)
    if area is None:
        place = place_by_code(code)
        if place.level != COMMUNITY:
            raise Refusal(_("请填村（社区）的 12 位代码。"), field="area")
        area = _communities[code] = place.area
    return area


def values(facts: Mapping[str, Prefilled]) -> dict[str, Any]:
    """Return the plain values of known facts, as the rules read them."""
    return {path: fact.value for path, fact in facts.items()}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an applicant meets before a form: findings, known answers with their sources, papers with those held ticked."""

    matter: Matter
    verdict: Verdict
    known: Mapping[str, Prefilled]
    papers: tuple[Paper, ...]

    @property
    def answers(self) -> dict[str, Any]:
        """Return the known answers by field."""
        return values(self.known)


def prepared(one: Matter, answers: Mapping[str, bool], facts: Mapping[str, Prefilled]) -> Prepared:
    """Return what is known before the first question, from yes/no ``answers`` and registry ``facts``."""
    known = {name: facts[path] for name, path in one.prefill.items() if path in facts}
    plain = values(facts)
    return Prepared(one, judge(one, answers, plain), known, papers(one, values(known), plain))
