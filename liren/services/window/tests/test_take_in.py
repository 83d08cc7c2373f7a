"""Taking in at the window: who is there, one page with everything known, for oneself or on behalf, once."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from liren.base.codes import mask_phone
from liren.engines.cases.enums import Channel, MaterialState, State
from liren.engines.cases.models import Case, Delegation, Material
from liren.registry.models import Person
from liren.services.window.tests.world import NUMBER, PHONE, TYPED, row, wang
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    PAIFANG,
    PAIFANG_CLERK,
    SUPERVISOR,
    TIANRAN_CLERK,
    Role,
    everywhere,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture
def person(db: None) -> Person:
    return wang()


def at(role: Role) -> Client:
    client = Client()
    sign_in(client, staff(role))
    return client


def take(client: Client, person: Person | None, code: str = "temporary-assistance", **typed: Any) -> Any:
    form = {"once": str(uuid4()), "person": person.pk if person else "", **typed}
    return client.post(f"/desk/take-in/{code}", form, follow=True)


def cases() -> list[Case]:
    with everywhere():
        return list(Case.objects.order_by("id"))


@pytest.mark.parametrize("typed", ["王秀", "wangxy", "wxy"])
def test_a_person_is_found_while_typing(person: Person, typed: str) -> None:
    part = at(PAIFANG_CLERK).get("/desk/take-in", {"q": typed}, headers={"HX-Request": "true", "HX-Target": "people"})

    assert "<html" not in part.text
    assert f"/desk/take-in?person={person.pk}" in part.text
    assert NUMBER not in part.text


@pytest.mark.parametrize("typed", [NUMBER, PHONE])
def test_a_number_read_from_a_card_opens_the_person_at_once(person: Person, typed: str) -> None:
    answer = at(PAIFANG_CLERK).post("/desk/take-in", {"q": typed, "matter": "temporary-assistance"})

    assert answer.headers["Location"] == f"/desk/take-in/temporary-assistance?person={person.pk}"


def test_somebody_unknown_can_be_registered_and_taken_in_afterwards(person: Person) -> None:
    page = at(PAIFANG_CLERK).post("/desk/take-in", {"q": "990115195001019995"})

    assert "您的范围里没有登记这个证件号码" in page.text
    assert "/desk/people/new?then=%2Fdesk%2Ftake-in" in page.text


def test_matters_are_found_by_everyday_words_and_say_whether_a_person_is_needed(person: Person) -> None:
    client = at(PAIFANG_CLERK)

    page = client.get("/desk/take-in", {"m": "路灯坏了"})

    assert "公共设施报修" in page.text
    assert "不用身份" in page.text
    assert (
        client.get("/desk/take-in/temporary-assistance").headers["Location"]
        == "/desk/take-in?matter=temporary-assistance"
    )


def test_the_form_shows_what_is_known_with_its_source_and_no_whole_number(person: Person) -> None:
    page = at(PAIFANG_CLERK).get(f"/desk/take-in/temporary-assistance?person={person.pk}")

    assert page.status_code == 200
    assert "王秀英" in page.text
    assert "990***********1230" in page.text
    assert f"{mask_phone(PHONE)}，不改就空着" in page.text
    assert "牌坊社区 3 组 12 号" in page.text
    assert "登记。" in page.text
    assert "我们已有" in page.text
    assert NUMBER not in page.text
    assert PHONE not in page.text


def test_what_is_taken_in_and_accepted_leads_to_the_sheet_with_its_receipt(person: Person) -> None:
    page = take(at(PAIFANG_CLERK), person, then="accept", **TYPED, **{"paper-medical-proof": "yes"})

    made = cases()[-1]
    assert page.redirect_chain[-1][0] == f"/desk/cases/{made.pk}?taken=1"
    assert "打印回执" in page.text
    assert "已受理，最晚" in page.text
    assert (made.state, made.channel, made.subject) == (State.ACCEPTED, Channel.WINDOW, person.pk)
    assert (made.answers["id_number"], made.answers["phone"]) == (NUMBER, PHONE)
    with everywhere():
        states = dict(Material.objects.filter(case=made).values_list("code", "state"))
    assert states["medical-proof"] == MaterialState.ON_PAPER
    assert states["id-card"] == MaterialState.HELD


def test_a_new_phone_replaces_the_known_one_for_this_case(person: Person) -> None:
    take(at(PAIFANG_CLERK), person, **TYPED, phone="19900000077")

    assert cases()[-1].answers["phone"] == "19900000077"


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(person: Person) -> None:
    file = SimpleUploadedFile("单据.pdf", PDF, "application/pdf")

    page = take(at(PAIFANG_CLERK), person, **{**TYPED, "account_number": "12"}, medical_files=file)

    assert page.status_code == 422
    assert 'id="error-account_number"' in page.text
    assert "老伴住院做手术" in page.text
    assert "单据.pdf" in page.text
    assert 'name="held-medical_files"' in page.text
    assert cases() == []


def test_files_kept_from_an_earlier_try_come_with_the_case(person: Person) -> None:
    client = at(PAIFANG_CLERK)
    file = SimpleUploadedFile("单据.pdf", PDF, "application/pdf")
    again = take(client, person, **{**TYPED, "account_number": "12"}, medical_files=file)
    held = again.text.split('name="held-medical_files" value="')[1].split('"')[0]

    take(client, person, **TYPED, **{"held-medical_files": held})

    made = cases()[-1]
    assert made.answers["medical_files"] == [held]
    sheet = client.get(f"/desk/cases/{made.pk}")
    assert "单据.pdf" in sheet.text
    opened = client.get(f"/files/{held}")
    opened.close()
    assert opened.status_code == 200


def test_a_file_taken_away_is_gone_and_the_rest_stays(person: Person) -> None:
    client = at(PAIFANG_CLERK)
    file = SimpleUploadedFile("单据.pdf", PDF, "application/pdf")
    again = take(client, person, **{**TYPED, "account_number": "12"}, medical_files=file)
    held = again.text.split('name="held-medical_files" value="')[1].split('"')[0]

    page = take(client, person, **TYPED, **{"held-medical_files": held, "remove": held})

    assert page.status_code == 200
    assert "单据.pdf" not in page.text
    assert "老伴住院做手术" in page.text
    assert cases() == []


def test_on_behalf_keeps_for_whom_by_whom_and_by_which_proof(person: Person) -> None:
    client = at(PAIFANG_CLERK)
    behalf = {"on_behalf": "yes", "for_name": "王秀英", "relation": "女儿打电话来", "proof": ""}

    without = take(client, person, **TYPED, **behalf)
    page = take(
        client, person, **TYPED, **(behalf | {"proof": "电话录音"}), proof_file=SimpleUploadedFile("委托.pdf", PDF, "application/pdf")
    )  # fmt: skip

    made = cases()[-1]
    assert without.status_code == 422
    assert 'id="error-proof"' in without.text
    assert made.channel == Channel.ON_BEHALF
    with everywhere():
        given = Delegation.objects.get(case=made)
    assert (given.for_name, given.proof, given.relation) == ("王秀英", "电话录音", "女儿打电话来")
    assert "陶晓燕" in given.helper_name
    assert "委托.pdf" in page.text
    assert "代办" in page.text


def test_the_same_form_sent_twice_takes_in_once(person: Person) -> None:
    client, once = at(PAIFANG_CLERK), str(uuid4())

    first = take(client, person, once=once, **TYPED)
    second = take(client, person, once=once, **TYPED)

    assert first.redirect_chain == second.redirect_chain
    assert len(cases()) == 1


def test_a_repair_needs_nobody_and_a_township_says_where(person: Person) -> None:
    repair = {
        "facility": "lighting",
        "description": "路灯不亮两天了",
        "whereabouts": "祠堂门口",
        "dangerous": "no",
        "phone": PHONE,
    }
    officer = at(CIVIL_AFFAIRS)

    taken = take(at(PAIFANG_CLERK), None, "public-repair", **repair)
    where = officer.get("/desk/take-in/public-repair")

    assert "收下了，编号" in taken.text
    assert row(cases()[-1]).area == PAIFANG
    if where.status_code == 200:
        assert f"?area={PAIFANG}" in where.text


def test_only_posts_that_take_in_come_here_and_only_to_their_own_people(person: Person) -> None:
    assert at(SUPERVISOR).get("/desk/take-in").status_code == 403
    assert at(TIANRAN_CLERK).get(f"/desk/take-in/temporary-assistance?person={person.pk}").status_code == 404
