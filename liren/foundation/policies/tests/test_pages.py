"""The library at the desk and over the API."""

from collections.abc import Iterator

import pytest
from django.test import Client

from liren.foundation.access.models import Account
from liren.foundation.policies import queries
from liren.foundation.policies.models import Adoption, Pack
from liren.testing.cast import JIANGNING_DISTRICT, sign_in

pytestmark = pytest.mark.django_db

PILOT = "jiangsu/2015-rural-pilot"


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def pack_id(code: str = PILOT) -> int:
    """Return the id of the newest version of a pack."""
    return Pack.objects.filter(code=code).latest("revision").pk


def text(client: Client, url: str) -> str:
    """Return a page that must be there."""
    answer = client.get(url)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_the_library_lists_the_packs_in_force(client: Client, paifang_clerk: Account) -> None:
    sign_in(client, paifang_clerk)

    page = text(client, "/desk/policies")

    assert "全国基础数据" in page
    assert "苏民基〔2015〕4号" in page


def test_a_clause_leads_to_the_matters_tied_to_it_and_back(client: Client, paifang_clerk: Account) -> None:
    sign_in(client, paifang_clerk)
    page = text(client, f"/desk/policies/{pack_id()}")
    matter = next(
        item
        for item in queries.pack_shown(pack_id("national/base")).groups[3].items
        if item.code == "temporary-assistance"
    )

    assert "加强农村留守人员和流动人口服务管理" in page
    assert f"/desk/policies/items/{matter.id}" in page
    item = text(client, f"/desk/policies/items/{matter.id}")
    assert "10 个工作日（示例，未核实）" in item
    assert "二.一.三 丰富农村社区服务内容" in item


def test_every_item_of_every_pack_can_be_shown(client: Client, paifang_clerk: Account) -> None:
    sign_in(client, paifang_clerk)
    shown = [queries.pack_shown(pack_id(code)) for code in ("national/base", PILOT)]
    one_of_each = [group.items[0] for pack in shown for group in pack.groups] + [
        tied.clause for tied in shown[1].clauses[:3]
    ]

    assert {item.kind for item in one_of_each} == {
        "post", "codelist", "calendar", "matter", "rating-scale", "term", "clause", "annex", "category",
    }  # fmt: skip
    for item in one_of_each:
        assert item.name in text(client, f"/desk/policies/items/{item.id}")


def test_the_supervisor_adopts_for_the_district_and_ends_it(client: Client, supervisor: Account) -> None:
    sign_in(client, supervisor)

    answer = client.post(f"/desk/policies/{pack_id()}/adopt", {"valid_from": "2026-01-01", "valid_until": ""})

    adoption = Adoption.objects.get()
    assert answer.status_code == 302
    assert (adoption.level, adoption.area, adoption.pack) == (3, JIANGNING_DISTRICT, PILOT)
    assert "江宁区" in text(client, f"/desk/policies/{pack_id()}")
    client.post(f"/desk/policies/adoptions/{adoption.pk}/end", {"on": "2026-12-01"})
    assert str(Adoption.objects.get().valid_until) == "2026-12-01"


def test_a_wrong_period_is_said_beside_the_field(client: Client, supervisor: Account) -> None:
    sign_in(client, supervisor)

    answer = client.post(f"/desk/policies/{pack_id()}/adopt", {"valid_from": "2026-02-01", "valid_until": "2026-01-01"})

    assert answer.status_code == 422
    assert "结束的日期要晚于开始的日期。" in answer.content.decode()


def test_a_clerk_sees_no_way_to_adopt_and_cannot(client: Client, paifang_clerk: Account) -> None:
    sign_in(client, paifang_clerk)

    assert "/adopt" not in text(client, f"/desk/policies/{pack_id()}")
    assert client.post(f"/desk/policies/{pack_id()}/adopt", {"valid_from": "2026-01-01"}).status_code == 403


def test_residents_and_strangers_stay_outside(client: Client, villager: Account) -> None:
    assert client.get("/desk/policies").status_code == 302
    assert client.get("/api/v1/policies/packs").status_code == 401

    sign_in(client, villager)

    assert client.get("/desk/policies").status_code == 403
    assert client.get("/api/v1/policies/packs").status_code == 403


def test_the_api_lists_packs_clauses_and_items(client: Client, paifang_clerk: Account) -> None:
    sign_in(client, paifang_clerk)

    packs = client.get("/api/v1/policies/packs").json()["items"]
    clauses = client.get(f"/api/v1/policies/packs/{pack_id()}/clauses").json()["items"]
    matters = client.get("/api/v1/policies/items/matter?place=320115006205").json()["items"]

    assert {one["code"] for one in packs if one["in_force"]} >= {"national/base", PILOT}
    assert next(one for one in clauses if one["code"] == "附件")["name"] == "全省农村社区建设试点单位申报名单"
    assert {one["code"]: one["verified"] for one in matters} == {
        "temporary-assistance": False,
        "old-age-allowance": False,
        "public-repair": False,
    }
    assert client.get("/api/v1/policies/packs/0/clauses").status_code == 404
    assert client.get("/api/v1/policies/items/flying").status_code == 422
