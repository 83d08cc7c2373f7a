"""A resident's way at the portal: begin, short steps, look over, submit, supply, put right, withdraw, rate, check."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from liren.base import clock
from liren.base.aside import aside
from liren.engines.cases import queries
from liren.engines.cases.enums import MaterialState, State
from liren.engines.cases.models import Case, Material
from liren.foundation.access.models import Account, Throttle
from liren.services.window.tests.world import GRANTED, NUMBER, PHONE, applied, at_desk, linked, row, wang
from liren.testing.cast import CIVIL_AFFAIRS, PAIFANG, PAIFANG_CLERK, acting, everywhere, sign_in, staff

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("you", {"phone": PHONE, "address": "牌坊社区 3 组 12 号", "household_size": "2"}),
    ("hardship", {"reason": "illness", "happened_on": "2026-08-20", "description": "老伴住院做手术，钱不够。"}),
    ("money", {"burden_fen": "32000", "monthly_income_fen": "1800", "other_help": "no"}),
    ("account", {"account_number": "6222000000000000", "bank_name": "农商银行"}),
    ("papers", {"promise": "yes"}),
)


@pytest.fixture
def villager(db: None) -> Account:
    return linked(wang())


@pytest.fixture
def phone(client: Client, villager: Account) -> Client:
    """Return the browser of 王秀英."""
    sign_in(client, villager)
    return client


def begun(phone: Client) -> str:
    return str(phone.post("/matters/temporary-assistance/begin", {"once": str(uuid4())}).headers["Location"])


def draft() -> Case:
    with everywhere():
        return Case.objects.order_by("-id")[0]


def test_what_is_known_stands_in_the_form_and_every_step_is_saved(phone: Client) -> None:
    first = begun(phone)
    page = phone.get(first)
    wrong = phone.post(first, {**STEPS[0][1], "household_size": "很多"})
    onward = phone.post(first, STEPS[0][1])

    assert "我们已有" in page.text
    assert "王秀英" in page.text
    assert wrong.status_code == 422
    assert "很多" in wrong.text
    assert onward.headers["Location"].endswith("/form/hardship")
    assert draft().answers["household_size"] == 2
    assert "还没提交" in phone.get("/cases").text


def submitted(phone: Client) -> Case:
    begun(phone)
    pk = draft().pk
    for code, typed in STEPS:
        files = {"medical_files": SimpleUploadedFile("单据.pdf", PDF, "application/pdf")} if code == "papers" else {}
        answer = phone.post(f"/cases/{pk}/form/{code}", typed | files)
        assert answer.status_code == 302, code
    assert answer.headers["Location"].endswith("/review")
    phone.post(f"/cases/{pk}/review", {"once": str(uuid4())})
    return row(pk)


def test_from_the_first_step_to_the_receipt(phone: Client) -> None:
    case = submitted(phone)

    page = phone.get(f"/cases/{case.pk}?done=1")

    assert case.state == State.SUBMITTED
    assert case.answers["id_number"] == NUMBER
    assert case.number in page.text
    assert "交好了" in page.text
    assert NUMBER not in page.text
    assert phone.get(f"/cases/{case.pk}/receipt").content.startswith(b"%PDF-")
    with everywhere():
        states = dict(Material.objects.filter(case=case).values_list("code", "state"))
    assert (states["id-card"], states["medical-proof"]) == (MaterialState.HELD, MaterialState.UPLOADED)


def test_a_form_sent_twice_submits_once(phone: Client) -> None:
    begun(phone)
    pk = draft().pk
    for code, typed in STEPS:
        phone.post(f"/cases/{pk}/form/{code}", typed)
    once = str(uuid4())

    phone.post(f"/cases/{pk}/review", {"once": once})
    number = row(pk).number
    again = phone.post(f"/cases/{pk}/review", {"once": once})

    assert again.status_code == 302
    assert row(pk).number == number


def test_a_step_sent_again_after_going_back_keeps_what_was_typed_last(phone: Client) -> None:
    first = begun(phone)
    once = str(uuid4())

    for size in ("2", "3"):
        phone.post(first, {**STEPS[0][1], "household_size": size, "once": once})

    assert draft().answers["household_size"] == 3


def test_a_file_sent_twice_is_kept_once_and_another_one_beside_it(phone: Client) -> None:
    begun(phone)
    papers, once = f"/cases/{draft().pk}/form/papers", str(uuid4())
    phone.post(f"/cases/{draft().pk}/form/hardship", STEPS[1][1])

    for content in (PDF, PDF, PDF + b"\n"):
        file = SimpleUploadedFile("单据.pdf", content, "application/pdf")
        phone.post(papers, {"promise": "yes", "medical_files": file, "once": once})

    assert len(draft().answers["medical_files"]) == 2


def test_what_is_missing_at_the_end_is_named_with_its_step(phone: Client) -> None:
    begun(phone)
    pk = draft().pk

    page = phone.post(f"/cases/{pk}/review", {"once": str(uuid4())})

    assert page.status_code == 422
    assert f"/cases/{pk}/form/hardship" in page.text
    assert row(pk).state == State.DRAFT


def test_what_the_office_asks_for_is_supplied_from_the_phone(phone: Client, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    at_desk(CIVIL_AFFAIRS, "ask", case, question="请补一张出院小结。", materials=["出院小结"])
    page = phone.get(f"/cases/{case.pk}")
    with everywhere():
        code = Material.objects.get(case=case, asked=True).code

    empty = phone.post(f"/cases/{case.pk}/supply", {"once": str(uuid4())})
    done = phone.post(
        f"/cases/{case.pk}/supply",
        {
            "once": str(uuid4()),
            "answer": "已上传",
            f"paper-{code}": SimpleUploadedFile("小结.pdf", PDF, "application/pdf"),
        },
        follow=True,
    )

    assert "请补一张出院小结。" in page.text
    assert empty.status_code == 422
    assert "接着办理" in done.text
    assert row(case).state == State.IN_HAND


def test_a_returned_application_is_put_right_on_one_page(phone: Client, villager: Account) -> None:
    case = applied(villager)
    at_desk(PAIFANG_CLERK, "return", case, missing=["开户银行写错了"])
    typed = {name: value for _code, step in STEPS for name, value in step.items()}

    page = phone.get(f"/cases/{case.pk}/correct")
    wrong = phone.post(f"/cases/{case.pk}/correct", {**typed, "bank_name": ""})
    right = phone.post(f"/cases/{case.pk}/correct", {**typed, "bank_name": "农业银行", "once": str(uuid4())})

    assert "开户银行写错了" in page.text
    assert wrong.status_code == 422
    assert right.headers["Location"] == f"/cases/{case.pk}?done=1"
    assert row(case).answers["bank_name"] == "农业银行"


def test_an_application_is_withdrawn_after_saying_what_that_means(phone: Client, villager: Account) -> None:
    case = applied(villager)

    asked = phone.get(f"/cases/{case.pk}/withdraw")
    phone.post(f"/cases/{case.pk}/withdraw", {"once": str(uuid4())})

    assert "停止办理" in asked.text
    assert row(case).state == State.WITHDRAWN


def test_a_finished_matter_is_rated_in_one_tap(phone: Client, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    at_desk(CIVIL_AFFAIRS, "decide", case, answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, "finish", case)

    silent = phone.post(f"/cases/{case.pk}/rate", {"comment": "谢谢"})
    page = phone.post(f"/cases/{case.pk}/rate", {"level": "1", "comment": "太慢"}, follow=True)

    assert silent.status_code == 422
    assert "给您一个答复" in page.text
    assert row(case).rating == 1


def test_a_rating_by_link_needs_no_sign_in(client: Client, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    at_desk(CIVIL_AFFAIRS, "decide", case, answers=GRANTED)
    token = queries.rating_token(at_desk(CIVIL_AFFAIRS, "finish", case))

    page = client.post(f"/rate/{token}", {"level": "4", "once": str(uuid4())})

    assert "谢谢您的评价" in page.text
    assert row(case).rating == 4
    assert client.get("/rate/nonsense").status_code == 404
    with everywhere():
        Case.objects.filter(pk=case.pk).update(reopened=1)
    old = client.get(f"/rate/{token}")
    assert old.status_code == 404
    assert "这件事已经重新办理" in old.text
    assert "按提示改正后再提交" not in old.text


@pytest.mark.parametrize("path", ["", "/receipt", "/withdraw", "/correct", "/rate", "/review", "/form/you", "/result"])
def test_nobody_else_sees_a_case(phone: Client, villager: Account, other_villager: Account, path: str) -> None:
    case = applied(villager)
    stranger, other = Client(), Client()
    sign_in(other, other_villager)

    assert other.get(f"/cases/{case.pk}{path}").status_code == 404
    assert stranger.get(f"/cases/{case.pk}{path}").headers["Location"].startswith("/sign-in")


def test_an_identity_that_nobody_confirmed_leads_to_its_confirmation(client: Client, other_villager: Account) -> None:
    sign_in(client, other_villager)
    session = client.session
    session["community"] = PAIFANG
    session.save()

    answer = client.post("/matters/temporary-assistance/begin", {"once": str(uuid4())})

    assert answer.headers["Location"].startswith("/me/link")


def test_an_answer_that_stands_in_the_way_leads_back_to_the_matter_which_says_why(phone: Client) -> None:
    given = {one.name: "yes" for one in phone.get("/matters/temporary-assistance").context["questions"]}

    led = phone.post("/matters/temporary-assistance/begin", {"once": str(uuid4()), **given})
    shown = phone.get(led.headers["Location"])
    asked = phone.get("/matters/temporary-assistance", given, headers={"HX-Request": "true"})

    assert led.status_code == 302
    assert "不能重复救助" in shown.content.decode()
    assert "开始办理" not in shown.content.decode()
    assert 'id="begin" hx-swap-oob="true"' in asked.content.decode()
    assert "开始办理" not in asked.content.decode()


def test_a_case_is_followed_by_its_number_and_the_phones_tail(client: Client, villager: Account) -> None:
    case = applied(villager)

    found = client.get("/check", {"number": case.number.replace("-", "").lower()})
    wrong = client.post(f"/check/{case.number}", {"tail": "9999"})
    right = client.post(f"/check/{case.number}", {"tail": PHONE[-4:]})

    assert found.headers["Location"] == f"/check/{case.number}"
    assert wrong.status_code == 422
    assert "对不上" in wrong.text
    assert "等待受理" in right.text
    assert "王秀英" not in right.text


def test_guessing_the_tail_of_a_phone_is_held_back(client: Client, villager: Account) -> None:
    case = applied(villager)
    tries = [client.post(f"/check/{case.number}", {"tail": f"{5000 + n}"}) for n in range(11)]

    assert {one.status_code for one in tries[:10]} == {422}
    assert tries[10].status_code == 429
    assert int(tries[10].headers["Retry-After"]) > 500
    assert client.post(f"/check/{case.number}", {"tail": PHONE[-4:]}).status_code == 429
    elsewhere = client.post(f"/check/{case.number}", {"tail": PHONE[-4:]}, REMOTE_ADDR="10.1.1.1")
    assert elsewhere.status_code == 429  # the number is closed too, wherever one asks from


def test_a_printed_result_proves_itself_and_a_changed_one_does_not(client: Client, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    at_desk(CIVIL_AFFAIRS, "decide", case, answers=GRANTED)
    kept = row(case)
    with everywhere():
        Case.objects.filter(pk=case.pk).update(document_seal=queries.seal_of(kept))
    token = queries.document_token(kept)

    page = client.get(f"/check/document/{token}")

    assert "这份文书是真的" in page.text
    assert "王秀英" not in page.text
    assert client.get(f"/check/document/{token[:-1]}0").status_code in {404, 200 if token.endswith("0") else 404}


def test_a_repair_needs_no_confirmed_identity(client: Client, other_villager: Account) -> None:
    sign_in(client, other_villager)
    with acting(other_villager):
        one = queries.matter("public-repair", PAIFANG, on=clock.today())
    session = client.session
    session["community"] = PAIFANG
    session.save()

    first = client.post("/matters/public-repair/begin", {"once": str(uuid4())}).headers["Location"]

    assert first.endswith(f"/form/{one.form['steps'][0]['code']}")


@pytest.fixture(autouse=True)
def open_doors(db: None) -> Any:
    """Forget the tries that a test has counted on a connection of its own."""
    yield
    with aside() as connection:
        connection.execute(f"DELETE FROM {Throttle._meta.db_table}")


def test_only_a_community_with_somebody_at_work_can_be_chosen(client: Client) -> None:
    staff(PAIFANG_CLERK)  # the only one at work: of all places called 牌坊 only hers takes applications here
    elsewhere = "320115006208"

    offered, nobody = client.get("/here/pick?q=牌坊").text, client.get("/here/pick?q=天然").text
    refused = client.post("/here", {"place": elsewhere, "next": "/matters"})
    unfinished = client.post("/here", {"q": "牌坊", "next": "/matters"})
    chosen = client.post("/here", {"place": "320115006205", "next": "/matters"})

    assert offered.count('name="place"') == 1
    assert 'value="320115006205"' in offered
    assert 'name="place"' not in nobody
    assert "还不能在网上办" in nobody
    assert refused.status_code == 422
    assert "还不能在网上办" in refused.text
    assert unfinished.status_code == 422
    assert 'value="320115006205"' in unfinished.text, "what fits stands there to be chosen, without scripts too"
    assert chosen.headers["Location"] == "/matters"
    assert client.session["community"] == PAIFANG


def test_who_reads_english_reads_no_chinese_on_the_way_to_an_application(client: Client, villager: Account) -> None:
    client.cookies.load({"django_language": "en"})
    sign_in(client, villager)
    session = client.session
    session["community"] = PAIFANG
    session.save()
    begun = client.post("/matters/temporary-assistance/begin", {"once": str(uuid4())})

    for address in ("/matters", "/matters/temporary-assistance", "/matters/public-repair", begun.headers["Location"]):
        page = client.get(address).text.partition("<main")[2].partition("</main>")[0]
        shown = re.sub(r'value="[^"]*"', "", page)
        shown = shown.replace("王秀英", "").replace("牌坊", "")

        assert re.findall("[\u4e00-\u9fff，。：？]+", shown) == [], address
