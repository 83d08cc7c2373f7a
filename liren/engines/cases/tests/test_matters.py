"""The shipped matters: read into values, asked in forms, judged by answers and facts, routed to desks."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from liren.base.jsonform import Form
from liren.engines.cases.enums import MaterialState, TaskKind
from liren.engines.cases.rules.eligibility import judge, papers, prefilled
from liren.engines.cases.rules.matter import Matter, read_matter
from liren.engines.cases.rules.routing import Desk, desk_of, direction, task_kind, working_step

PACK = Path(__file__).parents[4] / "packs" / "national" / "base" / "matters"
PAIFANG = 320115006201000
ANSWERS = {
    "applicant_name": "王秀英",
    "id_number": "320115195001011234",
    "phone": "15490000001",
    "address": "牌坊社区 3 组",
    "household_size": "3",
    "reason": "illness",
    "happened_on": "2026-09-01",
    "description": "老伴住院做手术，钱不够。",
    "burden_fen": "32000",
    "monthly_income_fen": "1800.50",
    "other_help": "false",
    "account_number": "6222 0000 0000 0000",
    "bank_name": "农商银行",
    "promise": "true",
}


def matter(name: str) -> Matter:
    return read_matter(yaml.safe_load((PACK / f"{name}.yaml").read_text())["items"][0], 7)


@pytest.mark.parametrize("path", sorted(PACK.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_matter_has_forms_that_can_be_asked(path: Path) -> None:
    for body in yaml.safe_load(path.read_text())["items"]:
        read = read_matter(body)

        assert Form(read.form["schema"], read.form["steps"]).fields
        assert Form(read.result.form["schema"], read.result.form["steps"]).fields
        assert set(read.prefill) <= {each.name for each in Form(read.form["schema"]).fields}


def test_temporary_assistance_takes_a_full_application() -> None:
    assistance = matter("temporary-assistance")

    cleaned = Form(assistance.form["schema"], assistance.form["steps"]).clean(ANSWERS, on=date(2026, 9, 3))

    assert cleaned.errors == {}
    assert cleaned.data["monthly_income_fen"] == 180050


def test_papers_that_are_held_are_ticked_and_those_of_another_reason_not_asked() -> None:
    facts = {"person.id_number": "320115195001011234", "household.size": 3}

    found = {paper.code: paper for paper in papers(matter("temporary-assistance"), {"reason": "illness"}, facts)}

    assert found["id-card"].state is MaterialState.HELD
    assert found["medical-proof"].is_missing
    assert not found["accident-proof"].required


def test_uploaded_and_handed_in_papers_count() -> None:
    answers = {"reason": "illness", "medical_files": ["11", "12"]}

    found = {p.code: p for p in papers(matter("temporary-assistance"), answers, {}, on_paper=["id-card"])}

    assert found["medical-proof"].files == (11, 12)
    assert found["id-card"].state is MaterialState.ON_PAPER
    assert found["household-register"].is_missing


def test_an_age_the_registry_knows_decides_and_an_unknown_one_stops_nobody() -> None:
    allowance = matter("old-age-allowance")
    answers = {"registered-here": True, "not-paid-elsewhere": False}

    assert judge(allowance, answers, {"person.age": 82}).may_apply
    assert judge(allowance, answers, {}).may_apply
    assert not judge(allowance, answers, {"person.age": 79}).may_apply
    assert judge(allowance, answers | {"registered-here": False}, {"person.age": 82}).obstacles


def test_what_is_known_fills_the_form() -> None:
    facts = {"person.name": "王秀英", "person.phone": ""}

    assert prefilled(matter("temporary-assistance"), facts) == {"applicant_name": "王秀英"}


def test_steps_lie_at_the_places_around_the_case() -> None:
    assistance = matter("temporary-assistance")

    assert desk_of(assistance.acceptance, PAIFANG) == Desk("window_clerk", 5, PAIFANG)
    assert desk_of(assistance.step(1), PAIFANG) == Desk("civil_affairs_officer", 4, 320115006000000)
    assert task_kind(assistance, 1) is TaskKind.DECIDE
    assert working_step(assistance) == 1
    assert assistance.is_last(1)


def test_a_hand_over_knows_its_direction() -> None:
    town, village = Desk("civil_affairs_officer", 4, 320115006000000), Desk("window_clerk", 5, PAIFANG)

    assert direction(village, town) == "up"
    assert direction(town, village) == "down"
    assert direction(town, town) == "sideways"
    assert town.covers(PAIFANG)
    assert not village.covers(320115006202000)
