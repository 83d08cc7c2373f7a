"""Trials over many people: asked once, worked out part by part, told, given up, swept; the same figures as at once; who may see them."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from liren.base import clock
from liren.base.clock import day_of
from liren.base.errors import Conflict, NotFound, Refusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.models import Account, Appointment, JournalLine
from liren.foundation.commons.models import Message
from liren.registry.actions.memberships import recount_people
from liren.registry.actions.trials import ask_trial, give_up_trial, sweep_trials, work_out
from liren.registry.models import CategoryTrial
from liren.registry.queries import lists, trials
from liren.registry.queries.categories import trial
from liren.registry.tests.desk import AT, TODAY, at_desk, clerk
from liren.registry.tests.test_memberships import VILLAGE
from liren.registry.tests.test_recounting import settled
from liren.testing.cast import PAIFANG_CLERK, Role, sign_in, staff
from liren.testing.jobs import forget_jobs, run_jobs

OPENS = frozenset({"registry.lists", "registry.figures", "registry.export", "registry.view"})
COUNTY, TOWN = 320115_000_000_000, 320115_006_000_000
OFFICER = Role("renkou", "方明", "population_officer", 3, COUNTY, "江宁区")
OTHER = Role("renkou2", "丁兰", "population_officer", 3, COUNTY, "江宁区")
FIGURES = Role("dudao", "钱进", "service_supervisor", 3, COUNTY, "江宁区")
CODE, WHERE = "left-behind-child", "/desk/categories/left-behind-child"
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Families of two communities of a township, more than are worked out at once, and worked out a community at a time."""
    monkeypatch.setattr(trials, "MOST_AT_ONCE", 10)
    monkeypatch.setattr(trials, "MOST_AT_ONCE_WITH_KIN", 10)
    monkeypatch.setattr(trials, "PART", 10)
    forget_jobs()
    people = settled(24, parents=320115006208000)
    recount_people(people.values(), at=AT)
    return people


def ask(account: Account, at: datetime = AT, **more: Any) -> CategoryTrial:
    viewer = clerk(COUNTY, level=3, capabilities=OPENS)
    by = type(viewer)(mode="staff", account_id=account.pk, name=account.name, seats=viewer.seats)
    with at_desk(by):
        sight = lists.sight_of(by)
        rule = lists.category_at(sight, CODE, TODAY)
        values = more.pop("values", {"age_below": 18})
        return ask_trial(
            by=by, at=at, area=COUNTY, level=3, on=TODAY, rule=rule, other=trial(rule, values).at_any_time(), version=rule.key, values=values, **more
        )  # fmt: skip


def now_of(pk: int) -> CategoryTrial:
    with applied(Scope.everything()):
        return CategoryTrial.objects.get(pk=pk)


def at_once() -> trials.Trial:
    viewer = clerk(COUNTY, level=3, capabilities=OPENS)
    with at_desk(viewer):
        sight = lists.sight_of(viewer)
        rule = lists.category_at(sight, CODE, TODAY)
        return trials.tried(sight, rule, trial(rule, {"age_below": 18}).at_any_time(), on=TODAY)


def test_a_trial_in_parts_finds_what_is_found_at_once(many: dict[str, int]) -> None:
    asked = ask(staff(OFFICER))

    ended = work_out(asked.pk, asked.turn)

    assert ended is not None
    assert (ended.state, len(ended.parts)) == ("done", 2)
    direct = at_once()
    sight = lists.Sight(clerk(COUNTY, level=3, capabilities=OPENS).seats[0], True, False)
    assert trials.side_by_side(sight, ended.figures) == direct
    assert direct.entering > 0
    assert sum(direct.after.values()) > sum(direct.before.values()) > 0


def test_the_same_question_is_worked_out_once_and_all_who_asked_are_told(many: dict[str, int]) -> None:
    first, second = staff(OFFICER), staff(OTHER)
    asked = ask(first)
    again, twice = ask(second), ask(first)

    ran = run_jobs("registry")

    assert {asked.pk, again.pk, twice.pk} == {asked.pk}
    assert ran.count("registry.work_out_trial") == 1
    with applied(Scope.everything()):
        told = list(Message.objects.filter(about_id=asked.pk).values_list("subject", "link"))
    assert sorted(told) == sorted((one.pk, f"/desk/trials/{asked.pk}") for one in (first, second))
    later = ask(first)
    assert (later.state, later.turn) == ("done", 1)
    assert run_jobs("registry") == []
    assert ask(first, afresh=True).turn == 2
    assert run_jobs("registry") == ["registry.work_out_trial"]


def test_a_message_says_no_figure_and_goes_to_nobody_who_may_not_open_lists_any_more(many: dict[str, int]) -> None:
    account, other = staff(OFFICER), staff(OTHER)
    asked = ask(account)
    ask(other)
    with applied(Scope.everything()):
        Appointment.objects.filter(account=other).update(valid_until=date(2026, 1, 2))

    run_jobs("registry")

    with applied(Scope.everything()):
        (told,) = Message.objects.filter(about_id=asked.pk)
        lines = set(JournalLine.objects.filter(verb__endswith="_trial").values_list("verb", flat=True))
    assert told.subject == account.pk
    assert "人" not in told.body
    assert lines == {"registry.ask_trial", "registry.end_trial"}


def test_a_job_goes_on_where_it_was_and_adds_nothing_twice(many: dict[str, int]) -> None:
    asked = ask(staff(OFFICER))
    whole = work_out(asked.pk, asked.turn)
    assert whole is not None
    first = whole.parts[0]
    with applied(
        Scope.everything()
    ):  # as it stood when its worker was killed in the second part; one figure tells that the first stays
        left = [line for line in whole.figures if line[0] <= first[2]]
        left.append([VILLAGE + 1, 7, 7, 0, 0])
        parts = [first, *([*part[:4], False] for part in whole.parts[1:])]
        CategoryTrial.objects.filter(pk=asked.pk).update(state="running", ended_at=None, figures=left, parts=parts)

    work_out(asked.pk, asked.turn)

    assert now_of(asked.pk).figures == sorted([*whole.figures, [VILLAGE + 1, 7, 7, 0, 0]])
    once = now_of(asked.pk)
    work_out(asked.pk, asked.turn)
    assert (now_of(asked.pk).figures, now_of(asked.pk).ended_at) == (once.figures, once.ended_at)


def test_who_gives_a_trial_up_stops_it_unless_somebody_else_waits(many: dict[str, int]) -> None:
    first, second = staff(OFFICER), staff(OTHER)
    asked = ask(first)
    ask(second)

    def stop(account: Account) -> CategoryTrial:
        viewer = clerk(COUNTY, level=3, capabilities=OPENS)
        by = type(viewer)(mode="staff", account_id=account.pk, name=account.name, seats=viewer.seats)
        with at_desk(by):
            return give_up_trial(by=by, at=AT, trial=CategoryTrial.objects.get(pk=asked.pk))

    assert stop(first).state == "running"
    with pytest.raises(Conflict):
        stop(first)
    assert stop(second).state == "cancelled"
    assert work_out(asked.pk, 1) is None
    assert now_of(asked.pk).figures == []
    anew = ask(first)
    assert (anew.pk, anew.turn, anew.state) == (asked.pk, 2, "running")
    assert work_out(asked.pk, 1) is None, "the job of before does nothing"
    assert now_of(asked.pk).state == "running"


def test_nobody_has_more_than_three_at_work_and_one_that_stands_still_can_be_begun_again(many: dict[str, int]) -> None:
    account = staff(OFFICER)
    asked = [ask(account, values={"age_below": years}) for years in (12, 13, 14)]
    with pytest.raises(Conflict):
        ask(account, values={"age_below": 15})

    later = ask(account, at=AT + timedelta(minutes=20), values={"age_below": 12})

    assert (later.pk, later.turn) == (asked[0].pk, 2)


def test_a_page_of_a_trial_that_stands_still_offers_to_begin_again(client: Client, many: dict[str, int]) -> None:
    account = staff(OFFICER)
    asked = ask(account, at=clock.now() - timedelta(minutes=16))
    sign_in(client, account)

    assert "好一会儿没有动静了" in client.get(f"/desk/trials/{asked.pk}").content.decode()
    client.post(f"/desk/trials/{asked.pk}/again")

    assert (now_of(asked.pk).turn, now_of(asked.pk).state) == (2, "running")
    assert "好一会儿没有动静了" not in client.get(f"/desk/trials/{asked.pk}").content.decode()


def test_what_counts_already_and_what_is_confidential_is_no_question(many: dict[str, int]) -> None:
    account = staff(OFFICER)
    with pytest.raises(Refusal):
        ask(account, values={"age_below": 16})
    viewer = clerk(COUNTY, level=3, capabilities=OPENS | {"registry.confidential"})
    with at_desk(viewer):
        hidden = next(one for one in lists.categories_at(lists.sight_of(viewer), TODAY) if one.is_confidential)
        with pytest.raises(NotFound):
            ask_trial(
                by=viewer,
                at=AT,
                area=COUNTY,
                level=3,
                on=TODAY,
                rule=hidden,
                other=hidden,
                version=hidden.key,
                values={},
            )


def test_trials_are_kept_for_a_week(many: dict[str, int]) -> None:
    asked = ask(staff(OFFICER))
    work_out(asked.pk, asked.turn)
    viewer = clerk(COUNTY, level=3, capabilities=OPENS)
    system = type(viewer).system("registry")

    def there(at: datetime) -> int:
        with applied(Scope.everything()):
            sweep_trials(by=system, at=at, area=0)
            return CategoryTrial.objects.count()

    with at_desk(viewer):
        assert trials.trial_for(viewer, asked.pk, at=AT + timedelta(days=6))[0].pk == asked.pk
        with pytest.raises(NotFound):
            trials.trial_for(viewer, asked.pk, at=AT + timedelta(days=7))
    assert there(AT + timedelta(days=6)) == 1
    assert there(AT + timedelta(days=7, seconds=1)) == 0


def test_a_trial_of_a_county_is_nothing_for_its_townships_nor_for_figures_alone(
    client: Client, many: dict[str, int]
) -> None:
    asked = ask(staff(OFFICER), at=clock.now())
    work_out(asked.pk, asked.turn)

    for role, status in ((PAIFANG_CLERK, 404), (FIGURES, 403), (OFFICER, 200)):
        sign_in(client, staff(role))
        assert client.get(f"/desk/trials/{asked.pk}").status_code == status, role
        assert client.get(f"/api/v1/registry/trials/{asked.pk}").status_code == status, role


def test_the_pages_ask_show_how_far_it_is_and_then_the_figures(client: Client, many: dict[str, int]) -> None:
    sign_in(client, staff(OFFICER))
    asked = {"age_below": "18", "on": day_of(clock.now()).isoformat()}
    page = client.get(f"{WHERE}/what-if", asked)
    assert "要算一会儿" in page.content.decode()
    listed = client.get(WHERE, asked)
    assert (listed.status_code, listed.headers["Location"].partition("?")[0]) == (302, f"{WHERE}/what-if")
    assert client.post(f"{WHERE}/export", {**asked, "purpose": "走访"}).status_code == 409

    begun = client.post(f"{WHERE}/what-if", asked)

    address = begun.headers["Location"]
    assert address.startswith("/desk/trials/")
    assert "every 2s" in client.get(address).content.decode()
    assert client.get(f"{address}/export").status_code == 409
    assert "every 2s" in client.get(address, headers={"HX-Target": "trial"}).content.decode()
    run_jobs("registry")
    done = client.get(address).content.decode()
    assert "新进" in done
    assert "every 2s" not in done
    assert client.get(f"{WHERE}/what-if", asked).headers["Location"] == address, "it is not worked out again"
    assert "算过的" in client.get(f"{WHERE}/what-if").content.decode()
    given = client.post(f"{address}/export", {"purpose": "report"})
    assert given.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    with applied(Scope.everything()):
        noted = JournalLine.objects.filter(verb="registry.export_table").latest("id")
    assert "age_below=18" in noted.changes["only"]


def test_a_list_of_many_people_under_another_rule_is_opened_community_by_community(
    client: Client, many: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, staff(OFFICER))
    asked = {"age_below": "18", "on": day_of(clock.now()).isoformat()}
    client.post(f"{WHERE}/what-if", asked)
    run_jobs("registry")
    query: dict[str, str] = {"parameters": "age_below=18", "limit": "5"}

    seen, after = [], ""
    for _turn in range(20):
        page = client.get("/api/v1/registry/categories/left-behind-child/members", {**query, "after": after}).json()
        seen += [one["person"] for one in page["items"]]
        after = page["next"]
        if not after:
            break

    compared = client.get("/api/v1/registry/categories/left-behind-child/comparison", query).json()
    assert len(seen) == len(set(seen)) == compared["after"] > 5
    shown = client.get(WHERE, asked).content.decode()
    assert f"{compared['after']} 人" in shown
    assert "一个村（社区）一个村（社区）地打开" in shown


def test_the_api_asks_looks_and_gives_up(client: Client, many: dict[str, int]) -> None:
    sign_in(client, staff(OFFICER))

    def post(path: str, **body: Any) -> tuple[int, Any]:
        answer = client.post(f"/api/v1/registry/{path}", json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    assert (
        client.get(
            "/api/v1/registry/categories/left-behind-child/comparison", {"parameters": "age_below=18"}
        ).status_code
        == 409
    )
    status, asked = post("trials", category=CODE, parameters={"age_below": 18})
    assert (status, asked["state"], asked["areas"]) == (202, "running", [])
    other = post("trials", category=CODE, parameters={"age_below": 12})[1]
    assert post(f"trials/{other['id']}/stop")[1]["state"] == "cancelled"
    assert post(f"trials/{other['id']}/stop")[0] == 409
    run_jobs("registry")
    shown = client.get(f"/api/v1/registry/trials/{asked['id']}").json()
    assert (shown["state"], [one["done"] for one in shown["progress"]]) == ("done", [True])
    assert shown["after"] == sum(one["after"] for one in shown["areas"]) > shown["before"]
    assert post("trials", category=CODE, parameters={"age_below": 18})[0] == 200
    assert {one["id"] for one in client.get("/api/v1/registry/trials").json()["items"]} == {asked["id"], other["id"]}
    assert post("trials", category=CODE, parameters={"age_below": 900})[0] == 422
    assert post("trials", category=CODE, version="12345")[0] == 404
