"""How often each of the main requests asks the database: held, so that a list that asks once a row is noticed at once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liren.base import clock
from liren.base.ids import new_id
from liren.engines.cases.tests.world import REPAIR, applied
from liren.foundation.access.models import Account
from liren.registry.actions.bulk import NewHousehold, NewPerson, bulk_register
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, resident, sign_in, sought, staff

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
# COMMIT, unless it goes with what is written last. BEGIN, the scope and that who came before is there still go with what is
# asked first, but not with what the ORM asks; who has not come before, or sends a form, is asked for by one more.
EVERY_REQUEST = 1
# Asked by whichever request comes first after two seconds: not of one request's making, and on a slow machine within any.
PACKS_STAMP = 'FROM "policies_stamp"'
CODE = str(PAIFANG)[:12]


def browser(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    assert client.get("/api/v1/places/search", {"q": "牌坊"}).status_code == 200  # who comes again is remembered
    return client


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as asked:
        yield
    told = [query["sql"][:200] for query in asked.captured_queries if PACKS_STAMP not in query["sql"]]
    assert len(told) <= number, f"{len(told)} round trips instead of {number}:\n" + "\n".join(told)


def kept_plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def family(size: int) -> dict[str, int]:
    people = [
        NewPerson(
            ref=str(number), area=PAIFANG, name=f"王小{'一二三四五六七八九十'[number]}", sex="1", birth_on=date(1960 + number, 1, 1),
            household="h", relation="02" if number == 0 else "97", phone=f"1990000{number:04d}",
        )
        for number in range(size)
    ]  # fmt: skip
    home = NewHousehold(ref="h", area=PAIFANG, address="牌坊 1 组 1 号")
    return bulk_register(people, [home], at=clock.now(), recorded_by="测试").people


def test_submitting_a_case_looks_for_an_earlier_one_draws_a_number_and_writes_all_rows_with_the_commit() -> None:
    client = browser(resident("+8619900000001", "王阿婆"))
    body = json.dumps({"matter": "public-repair", "area": CODE, "answers": REPAIR})

    def submit() -> int:
        answer = client.post(
            "/api/v1/cases/", body, content_type="application/json", headers={"Idempotency-Key": str(uuid4())}
        )
        return answer.status_code

    assert submit() == 201  # the first request of a process reads packs and places

    with at_most(EVERY_REQUEST + 2):
        assert submit() == 201


def test_accepting_a_case_reads_it_and_its_tasks_changes_both_and_writes_the_rest_at_once() -> None:
    villager, client = resident("+8619900000001", "王阿婆"), browser(staff(PAIFANG_CLERK))

    def accept() -> int:
        case = applied(villager, matter="public-repair")
        with at_most(EVERY_REQUEST + 4):
            return client.post(f"/api/v1/cases/{case.pk}/accept", "{}", content_type="application/json").status_code

    assert accept() == 200


def test_a_list_of_cases_asks_once() -> None:
    for _ in range(12):
        applied(resident(f"+86{new_id() % 10**10 + 10**10}", "王阿婆"), matter="public-repair")
    client = browser(staff(PAIFANG_CLERK))
    path = f"/api/v1/cases/?state=submitted&matter=public-repair&area={CODE}&limit=50"
    assert client.get(path).status_code == 200

    with at_most(EVERY_REQUEST + 1):
        answer = client.get(path)

    assert len(answer.json()["items"]) == 12


def test_a_page_of_cases_asks_for_the_list_and_for_the_frame() -> None:
    for _ in range(12):
        applied(resident(f"+86{new_id() % 10**10 + 10**10}", "王阿婆"), matter="public-repair")
    client = browser(staff(PAIFANG_CLERK))
    assert client.get("/desk/cases").status_code == 200

    with at_most(EVERY_REQUEST + 2):
        answer = client.get("/desk/cases")

    assert answer.content.decode().count("公共设施报修") >= 12


def test_a_person_with_a_family_is_opened_in_one_question() -> None:
    people = family(8)
    client = browser(staff(PAIFANG_CLERK))
    assert client.get(f"/desk/people/{people['0']}").status_code == 200

    with at_most(EVERY_REQUEST + 1):
        answer = client.get(f"/desk/people/{people['1']}")

    assert "王小八" in answer.content.decode()


@pytest.mark.parametrize("typed", ["王小", "wangxiao", "wx", "19900000003"])
def test_a_search_for_people_asks_once(typed: str) -> None:
    family(8)
    client = browser(staff(PAIFANG_CLERK))
    assert sought(client, typed).status_code == 200

    with at_most(EVERY_REQUEST + 1):
        answer = sought(client, typed)

    assert answer.json()["items"]


@pytest.mark.parametrize("typed", ["牌坊", "jiangning", "jnjd"])
def test_a_search_for_places_asks_once(typed: str) -> None:
    client = browser(staff(PAIFANG_CLERK))
    assert client.get(f"/api/v1/places/search?q={typed}").status_code == 200

    with at_most(EVERY_REQUEST + 1):
        answer = client.get(f"/api/v1/places/search?q={typed}")

    assert answer.json()["items"]


def test_the_desk_opens_in_few_questions_however_much_waits() -> None:
    for _ in range(12):
        applied(resident(f"+86{new_id() % 10**10 + 10**10}", "王阿婆"), matter="public-repair", at=clock.now())
    client = browser(staff(PAIFANG_CLERK))
    assert client.get("/desk/").status_code == 200

    with at_most(EVERY_REQUEST + 2):
        assert client.get("/desk/").status_code == 200


def test_a_residents_home_opens_in_few_questions() -> None:
    villager = resident("+8619900000001", "王阿婆")
    for _ in range(5):
        applied(villager, matter="public-repair", at=clock.now())
    client = browser(villager)
    assert client.get("/").status_code == 200

    with at_most(EVERY_REQUEST + 3):
        assert client.get("/").status_code == 200


def test_what_requests_ask_again_and_again_is_planned_once_for_each_connection() -> None:
    client = browser(staff(PAIFANG_CLERK))

    for _ in range(2):
        assert sought(client, "19900000003").status_code == 200
    planned = kept_plans()
    for _ in range(3):
        assert sought(client, "19900000003").status_code == 200

    assert planned >= 3  # who is there, that they still are, and the search
    assert kept_plans() == planned
