"""Residents and their own files: what they see, what they ask to have put right, who looked."""

import re
from contextlib import closing
from datetime import date, timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from liren.base.clock import now
from liren.base.errors import Conflict, NotFound, Refusal
from liren.foundation.access.models import Account, JournalLine
from liren.foundation.commons.models import Message, StoredFile
from liren.registry import actions, jobs, reactions
from liren.registry.enums import CorrectionState
from liren.registry.models import CorrectionRequest, Fact, Person
from liren.registry.queries import person_facts
from liren.registry.tests.desk import AT, number_of
from liren.testing.cast import (
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN_CLERK,
    acting,
    everywhere,
    resident,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = number_of(date(1962, 3, 8), 24, "990115")
PHONE = "19912345678"


@pytest.fixture
def wang() -> Person:
    """Return 王阿婆 of 牌坊, with a household, a phone and a line that says she is away."""
    with acting(staff(PAIFANG_CLERK)) as by:
        person = actions.register_person(
            by=by,
            at=AT,
            area=PAIFANG,
            name="王阿婆",
            number=NUMBER,
            phone=PHONE,
            since=date(2000, 1, 1),
            ethnicity="01",
        )
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊社区12号", number="A12")
        actions.join_household(by=by, at=AT, person=person, household=home, relation="02", since=date(2000, 1, 1))
        son = actions.register_person(by=by, at=AT, area=PAIFANG, name="王小二", birth_on=date(1990, 5, 5), sex="1")
        actions.join_household(by=by, at=AT, person=son, household=home, relation="20", since=date(2000, 1, 1))
        actions.record_away(by=by, at=AT, person=person, since=date(2026, 3, 1), words="昆山女儿家", reason="care")
    return person


@pytest.fixture
def account(wang: Person) -> Account:
    return resident("+8619900000001", "王阿婆", person_id=wang.pk)


@pytest.fixture
def phone(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


@pytest.fixture
def desk() -> Client:
    client = Client()
    sign_in(client, staff(PAIFANG_CLERK))
    return client


def away_of(person: Person) -> Fact:
    with everywhere():
        return person_facts(person, "away")[0]


def asked(account: Account, person: Person, **values: Any) -> CorrectionRequest:
    with acting(account) as by:
        given = {"item": "name", "before": "王阿婆", "words": "写错了", "wanted": {"name": "王阿宝"}} | values
        return actions.ask_correction(by=by, at=now(), person=person, **given)


def row(request: CorrectionRequest) -> CorrectionRequest:
    with everywhere():
        return CorrectionRequest.objects.get(pk=request.pk)


def picture() -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), "white").save(made, "JPEG")
    return SimpleUploadedFile("户口簿.jpg", made.getvalue(), "image/jpeg")


def test_residents_see_what_is_known_of_them_with_sources_and_no_full_number(phone: Client, wang: Person) -> None:
    page = phone.get("/me/record")

    assert page.status_code == 200
    for words in (
        "王阿婆",
        "990***********",
        "199****5678",
        "牌坊社区12号",
        "王小二",
        "昆山女儿家",
        "本人申报",
        "综合窗口工作人员",
    ):
        assert words in page.text
    assert NUMBER not in page.text
    assert PHONE not in page.text
    assert "陶晓燕" not in page.text, "the worker is named by post"


def test_somebody_whose_phone_is_not_linked_sees_no_file(wang: Person) -> None:
    client = Client()
    sign_in(client, resident("+8619900000009", "小李"))

    assert "先核对身份" in client.get("/me/record").text
    assert "先核对身份" in client.get("/me/looks").text
    assert client.get("/me/record/name").status_code == 404


def test_a_correction_is_asked_with_a_photo_and_decided_with_the_registrys_own_action(
    phone: Client, desk: Client, wang: Person
) -> None:
    line = away_of(wang)

    answer = phone.post(
        f"/me/record/fact-{line.pk}",
        {
            "code": "care",
            "valid_from": "2026-04-01",
            "valid_until": "",
            "words": "昆山女儿家",
            "said": "是四月走的",
            "proof": picture(),
        },
    )

    assert answer.status_code == 302, answer.text
    assert "正在核实" in phone.get("/me/record").text
    assert away_of(wang).valid_from == date(2026, 3, 1), "nobody edits the registry from outside"
    with everywhere():
        request = CorrectionRequest.objects.get()
        proof = StoredFile.objects.get()
    assert request.wanted == {"valid_from": "2026-04-01"}
    assert (proof.owner_kind, proof.owner_id) == ("registry.correctionrequest", request.pk)
    page = desk.get(f"/desk/corrections/{request.pk}").text
    assert "昆山女儿家" in page
    assert f"/files/{proof.pk}" in page
    with closing(desk.get(f"/files/{proof.pk}")) as opened:
        assert opened.status_code == 200
    assert "王阿婆" in desk.get("/desk/corrections").text

    answer = desk.post(
        f"/desk/corrections/{request.pk}/accept",
        {
            "code": "care",
            "valid_from": "2026-04-02",
            "valid_until": "",
            "words": "昆山女儿家",
            "note": "按车票改为4月2日",
        },
    )

    assert answer.status_code == 302, answer.text
    corrected, decided = away_of(wang), row(request)
    assert (corrected.valid_from, corrected.source, corrected.replaces) == (date(2026, 4, 2), "declared", line.pk)
    assert str(request.pk) in corrected.reason
    assert (decided.state, decided.made) == (CorrectionState.ACCEPTED, corrected.pk)
    with everywhere():
        reactions.tell_asker.func(lo=PAIFANG, hi=PAIFANG, area=PAIFANG, request=request.pk, person=wang.pk)
    assert "按车票改为4月2日" in phone.get("/me/messages").text


@pytest.mark.parametrize(
    ("item", "sent", "seen"),
    [
        ("name", {"name": "王阿宝"}, "王阿宝"),
        ("birth_on", {"birth_on": "1962-03-09"}, "1962年3月9日"),
        ("sex", {"sex": "1"}, "男"),
        ("ethnicity", {"ethnicity": "03"}, "回族"),
        ("phone", {"phone": "19900007777"}, "199****7777"),
        ("number", {"number": number_of(date(1962, 3, 8), 26, "990115")}, "990***********"),
    ],
)
def test_each_thing_of_a_file_can_be_put_right(
    phone: Client, desk: Client, wang: Person, item: str, sent: dict[str, str], seen: str
) -> None:
    assert phone.get(f"/me/record/{item}").status_code == 200
    assert phone.post(f"/me/record/{item}", sent).status_code == 302
    with everywhere():
        request = CorrectionRequest.objects.get()

    answer = desk.post(f"/desk/corrections/{request.pk}/accept", sent)

    assert answer.status_code == 302, answer.text
    assert seen in phone.get("/me/record").text
    assert row(request).state == CorrectionState.ACCEPTED


def test_the_form_shows_what_stands_and_never_asks_for_an_empty_beginning(
    phone: Client, desk: Client, wang: Person
) -> None:
    line = away_of(wang)
    assert 'value="2026-03-01"' in phone.get(f"/me/record/fact-{line.pk}").text
    assert 'value="2026-03-01"' in desk.get(f"/desk/facts/{line.pk}/correct").text

    phone.post(f"/me/record/fact-{line.pk}", {"code": "", "valid_from": "", "words": "", "said": "不在昆山"})

    with everywhere():
        assert CorrectionRequest.objects.get().wanted == {"words": ""}


def test_a_line_that_was_never_true_is_withdrawn(phone: Client, desk: Client, wang: Person) -> None:
    line = away_of(wang)
    phone.post(
        f"/me/record/fact-{line.pk}",
        {"never_so": "on", "said": "我一直在家", "code": "care", "valid_from": "2026-03-01"},
    )
    with everywhere():
        request = CorrectionRequest.objects.get()
    assert "从来没有这回事" in desk.get(f"/desk/corrections/{request.pk}").text

    answer = desk.post(f"/desk/corrections/{request.pk}/accept", {"withdraw": "on"})

    assert answer.status_code == 302, answer.text
    with everywhere():
        assert person_facts(wang, "away") == []
        assert Person.objects.get(pk=wang.pk).away_since is None


def test_a_refusal_says_why_and_changes_nothing(account: Account, phone: Client, desk: Client, wang: Person) -> None:
    request = asked(account, wang)

    assert desk.post(f"/desk/corrections/{request.pk}/refuse", {"reason": ""}).status_code == 422
    assert (
        desk.post(f"/desk/corrections/{request.pk}/refuse", {"reason": "与户口簿一致，请带户口簿来看"}).status_code
        == 302
    )

    assert "与户口簿一致，请带户口簿来看" in phone.get("/me/record").text
    with everywhere():
        assert Person.objects.get(pk=wang.pk).name == "王阿婆"
        reactions.tell_asker.func(lo=PAIFANG, hi=PAIFANG, area=PAIFANG, request=request.pk, person=wang.pk)
        assert "与户口簿一致" in Message.objects.get(subject=wang.pk).body
    assert desk.post(f"/desk/corrections/{request.pk}/accept", {"name": "王阿宝"}).status_code == 409


def test_an_item_waits_once_and_a_repeated_request_makes_one(account: Account, phone: Client, wang: Person) -> None:
    sent = {"name": "王阿宝", "once": str(uuid4())}

    assert [phone.post("/me/record/name", sent).status_code for _ in range(3)] == [302, 302, 302]
    assert phone.post("/me/record/name", {"name": "王阿三"}).status_code == 409

    with everywhere():
        assert CorrectionRequest.objects.count() == 1


def test_an_empty_request_is_not_taken(phone: Client, wang: Person) -> None:
    answer = phone.post("/me/record/other", {"said": ""})

    assert answer.status_code == 422
    assert "请写一写" in answer.text


def test_a_request_can_be_taken_back_and_asked_anew(account: Account, phone: Client, wang: Person) -> None:
    request = asked(account, wang)
    assert phone.get(f"/me/corrections/{request.pk}/withdraw").status_code == 200

    assert phone.post(f"/me/corrections/{request.pk}/withdraw").status_code == 302

    assert row(request).state == CorrectionState.WITHDRAWN
    assert asked(account, wang).state == CorrectionState.WAITING


def test_nobody_else_decides_or_opens_the_proof(account: Account, phone: Client, wang: Person) -> None:
    phone.post("/me/record/name", {"name": "王阿宝", "proof": picture()})
    with everywhere():
        request, proof = CorrectionRequest.objects.get(), StoredFile.objects.get()
    next_door, other = Client(), Client()
    sign_in(next_door, staff(TIANRAN_CLERK))
    with acting(staff(PAIFANG_CLERK)) as by:
        zhang = actions.register_person(by=by, at=AT, area=PAIFANG, name="张三", birth_on=date(1980, 1, 1))
    sign_in(other, resident("+8619900000002", "张三", person_id=zhang.pk))

    assert next_door.get(f"/desk/corrections/{request.pk}").status_code == 404
    assert next_door.post(f"/desk/corrections/{request.pk}/accept", {"name": "王阿宝"}).status_code == 404
    assert next_door.get(f"/files/{proof.pk}").status_code == 404
    assert other.get(f"/files/{proof.pk}").status_code == 404
    assert other.get(f"/me/corrections/{request.pk}/withdraw").status_code == 404
    assert other.get(f"/me/record/fact-{away_of(wang).pk}").status_code == 404
    assert phone.get(f"/desk/corrections/{request.pk}").status_code == 403


def test_two_workers_decide_at_once_and_one_decision_counts(account: Account, wang: Person) -> None:
    request = asked(account, wang)
    together, outcomes = Barrier(2), []
    clerk = staff(PAIFANG_CLERK)

    def decide(consents: bool) -> None:
        try:
            with acting(clerk) as by:
                found = CorrectionRequest.objects.get(pk=request.pk)
                together.wait(10)
                if consents:
                    actions.accept_correction(by=by, at=now(), request=found)
                else:
                    actions.refuse_correction(by=by, at=now(), request=found, reason="与户口簿一致")
            outcomes.append("done")
        except Conflict:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [Thread(target=decide, args=(consents,)) for consents in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "late"]
    with everywhere():
        name = Person.objects.get(pk=wang.pk).name
    assert name == ("王阿宝" if row(request).state == CorrectionState.ACCEPTED else "王阿婆")


def test_the_promise_is_counted_in_working_days_and_a_late_one_is_told_once(account: Account, wang: Person) -> None:
    with acting(account) as by:
        request = actions.ask_correction(
            by=by, at=AT.replace(month=9, day=28), person=wang, item="other", before="", words="少了孙女"
        )
    assert request.due_on == date(2026, 10, 10), (
        "five working days around the National Day, the last of them a worked Saturday"
    )
    clerk = staff(PAIFANG_CLERK)
    for _ in range(2):
        with everywhere():
            reactions.tell_deciders.func(lo=PAIFANG, hi=PAIFANG, area=PAIFANG, request=request.pk)
            jobs.remind.func(timestamp=0)

    with everywhere():
        titles = sorted(Message.objects.filter(subject=clerk.pk).values_list("title", flat=True))
    assert titles == ["更正申请超期", "王阿婆申请更正，请在10月10日（周六）以前答复"]


def test_the_one_who_asks_must_own_the_file_and_name_something_in_it(account: Account, wang: Person) -> None:
    with acting(staff(PAIFANG_CLERK)) as by:
        zhang = actions.register_person(by=by, at=AT, area=PAIFANG, name="张三", birth_on=date(1980, 1, 1))

    with pytest.raises(NotFound):
        asked(account, zhang)
    with pytest.raises(NotFound):
        asked(account, wang, item="fact-1")
    with pytest.raises(Refusal):
        asked(account, wang, wanted={}, words=" ")


# who looked


def test_opening_a_file_is_noted_once_an_hour_with_the_way_there(desk: Client, phone: Client, wang: Person) -> None:
    for _ in range(3):
        desk.get(f"/desk/people/{wang.pk}", headers={"Referer": "http://testserver/desk/people/?q=wap"})
    desk.get(f"/desk/people/{wang.pk}", headers={"HX-Current-URL": "http://testserver/desk/cases/17"})

    with everywhere():
        line = JournalLine.objects.get(verb="registry.look_at_person")
    assert (line.object_id, line.subject, line.changes) == (wang.pk, wang.pk, {"why": "search"})
    page = phone.get("/me/looks").text
    assert "牌坊社区综合窗口工作人员打开了您的档案" in page
    assert "查找居民时打开" in page
    assert "陶晓燕" not in page
    assert "打开了档案" not in desk.get(f"/desk/people/{wang.pk}").text, "the file's own time line tells what was done"


def test_another_hour_another_worker_and_another_file_are_lines_of_their_own(wang: Person) -> None:
    clerk = staff(PAIFANG_CLERK)
    for later in (0, 5, 70):
        with acting(clerk) as by:
            at = AT.replace(minute=0) + timedelta(minutes=later)
            actions.look_at_person(by=by, at=at, pk=wang.pk)
    with acting(staff(PAIFANG_CLERK.__class__("wangge", "李网格", "grid_worker", 5, PAIFANG, "牌坊社区"))) as by:
        actions.look_at_person(by=by, at=AT, pk=wang.pk)

    with everywhere():
        assert JournalLine.objects.filter(verb="registry.look_at_person", object_id=wang.pk).count() == 3


def test_a_look_from_a_case_a_full_number_and_the_households_sheet_are_told(
    desk: Client, phone: Client, wang: Person
) -> None:
    desk.get(f"/desk/people/{wang.pk}", headers={"Referer": "http://testserver/desk/cases/17"})
    desk.get(f"/desk/households/{wang.household_id}")
    desk.post(f"/desk/people/{wang.pk}/unmask", {"what": "id_number", "reason": "办理社保卡"})

    page = phone.get("/me/looks").text

    for words in ("办理办件时打开", "打开了您家的家庭档案", "查看了您的完整证件号码", "办理社保卡"):
        assert words in page


def test_looks_are_paged_from_the_newest(phone: Client, wang: Person) -> None:
    clerk = staff(PAIFANG_CLERK)
    for hour in range(23):
        with acting(clerk) as by:
            actions.look_at_person(by=by, at=AT + timedelta(hours=hour), pk=wang.pk)

    first = phone.get("/me/looks").text
    older = re.search(r'href="(\?after=\d+)"', first)
    assert older is not None
    second = phone.get(f"/me/looks{older[1]}").text

    assert first.count("打开了您的档案。") == 20
    assert second.count("打开了您的档案。") == 3


def test_a_foreign_page_names_no_way_and_the_api_says_so(desk: Client, phone: Client, wang: Person) -> None:
    desk.get(f"/desk/people/{wang.pk}", headers={"Referer": "https://evil.example/desk/cases/9"})

    with everywhere():
        assert JournalLine.objects.get(verb="registry.look_at_person").changes == {}
    assert "不是从办件、名单或查找进来的" in phone.get("/me/looks").text
