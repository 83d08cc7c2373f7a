"""A source goes from nothing to a schedule in a browser, and over the API."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as house
from django.test import Client

from liren.exchange import jobs
from liren.exchange.models import Feed, FeedRun
from liren.exchange.tests.world import looking, somebody
from liren.testing.cast import CIVIL_AFFAIRS, PAIFANG_CLERK, sign_in, staff
from liren.testing.remote import Answers, http_server
from liren.testing.village import CENTRE

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "Bearer t0ken-of-the-province"


@pytest.fixture
def web() -> Iterator[Answers]:
    before, house.SOURCES = house.SOURCES, "127.0.0.1"
    with http_server() as made:
        people = [{"xm": one[0], "sfzh": one[2], "lxdh": one[4], "note": "x"} for one in map(somebody, range(30))]

        def answer(asked: Any) -> Any:
            if asked.headers.get("authorization") != TOKEN:
                return 401, {}, b""
            skip = int(asked.query["offset"])
            return 200, {}, json.dumps({"data": people[skip : skip + 10]}).encode()

        made.routes["/people"] = answer
        yield made
    house.SOURCES = before


def words(answer: object) -> str:
    return str(answer.content.decode())  # type: ignore[attr-defined]


def given(web: Answers, **more: str) -> dict[str, str]:
    return {
        "name": "省民政接口", "authority": "省民政厅", "address": web.address("/people"), "headers": f"Authorization: {TOKEN}", "rows": "data", "style": "offset",
        "parameter": "offset", "size": "10",
    } | more  # fmt: skip


def test_a_source_goes_from_nothing_to_a_schedule(client: Client, web: Answers) -> None:
    sign_in(client, staff(CENTRE))
    assert "接一个来源" in words(client.get("/desk/imports/sources/"))
    assert "网络接口" in words(client.get("/desk/imports/sources/new"))
    assert "怎么翻页" in words(client.get("/desk/imports/sources/new?kind=api"))

    answer = client.post("/desk/imports/sources/new?kind=api", given(web))

    assert answer.status_code == 302, words(answer)
    address = answer["Location"].removesuffix("/columns")
    page = words(client.get(address + "/columns"))
    assert "前 20 行" in page
    assert '<option value="id_number" selected>' in page
    assert '<option value="sfzh" selected>' in page
    assert somebody(0)[2] not in page
    form = {
        "column-0": "name",
        "column-1": "id_number",
        "column-2": "phone",
        "column-3": "",
        "source": "shared",
        "key": "sfzh",
    }
    assert client.post(address + "/columns", form | {"column-1": ""}).status_code == 422
    assert client.post(address + "/columns", form).status_code == 302
    assert client.post(address + "/schedule", {"every": "week", "hour": "4", "weekday": "2"}).status_code == 302
    page = words(client.get(address))
    assert "下次读取" in page
    assert "04:00" in page
    assert client.post(address + "/do/read").status_code == 302
    assert "正在读取" in words(client.get(address))
    with looking():
        run = FeedRun.objects.get()
    jobs.fetch.func(run=str(run.pk))
    page = words(client.get(address))
    assert re.search(r'lr-figure">30<', page)
    assert "上一批还没有处理完" in page
    with looking():
        run.refresh_from_db()
        assert run.batch is not None
        assert run.batch.heads == ["xm", "sfzh", "lxdh"]
    page = words(client.get(f"/desk/imports/{run.batch_id}"))
    assert "来自数据来源" in page
    for verb in ("pause", "resume", "trust", "distrust", "take-charge"):
        assert client.post(f"{address}/do/{verb}").status_code == 302, verb
    assert "没有这样的行" in words(client.get(address + "/gone"))
    assert client.post(address + "/do/remove").status_code == 302
    assert "省民政接口" not in words(client.get("/desk/imports/sources/")).split("已移除")[-1].partition("</div>")[2]
    assert client.get(address).status_code == 404


def test_the_token_is_never_shown_again(client: Client, web: Answers) -> None:
    sign_in(client, staff(CENTRE))
    address = client.post("/desk/imports/sources/new?kind=api", given(web))["Location"].removesuffix("/columns")

    for path in ("", "/edit", "/columns"):
        assert "t0ken" not in words(client.get(address + path)), path
    assert client.post(address + "/edit", given(web, headers="", rows="")).status_code == 302
    assert "前 20 行" in words(client.get(address + "/columns"))
    answer = client.post(address + "/edit", given(web, headers="", address="http://other.example.cn/people"))
    assert answer.status_code == 422
    assert "请重新填写密码或令牌" in words(answer)
    assert "t0ken" not in words(answer)


def test_what_is_wrong_stands_beside_its_field(client: Client, web: Answers) -> None:
    sign_in(client, staff(CENTRE))
    database = {
        "name": "库",
        "dialect": "postgresql",
        "host": "db.example.cn",
        "database": "renkou",
        "user": "du",
        "password": "x",
    }

    for form, said in (
        (database | {"query": "DELETE FROM people"}, "只能写一条查询"),
        (database, "请填表或视图的名称"),
        (database | {"table": "a", "query": "SELECT 1"}, "表和查询只填一项"),
        (database | {"table": "a", "host": ""}, "请填服务器地址"),
    ):
        answer = client.post("/desk/imports/sources/new?kind=database", form)
        assert answer.status_code == 422, said
        assert said in words(answer)
        assert 'value="x"' not in words(answer)
    for change, said in (
        ({"address": "ftp://x"}, "地址不对"),
        ({"headers": "no colon"}, "写成“名称: 内容”"),
        ({"headers": "Host: x"}, "不能使用"),
        ({"parameter": ""}, "要填参数名"),
    ):
        answer = client.post("/desk/imports/sources/new?kind=api", given(web, **change))
        assert (answer.status_code, said in words(answer)) == (422, True), said
    address = client.post("/desk/imports/sources/new?kind=api", given(web, headers="Authorization: wrong"))["Location"]
    assert "密码或令牌不对" in words(client.get(address))
    house.SOURCES = "public"
    assert "不允许连接 127.0.0.1" in words(client.get(address))


def test_other_posts_and_other_places_do_not_come_in(client: Client, web: Answers) -> None:
    sign_in(client, staff(CENTRE))
    address = client.post("/desk/imports/sources/new?kind=api", given(web))["Location"].removesuffix("/columns")

    for role in (PAIFANG_CLERK, CIVIL_AFFAIRS):
        sign_in(client, staff(role))
        assert client.get("/desk/imports/sources/").status_code == 403
        assert client.post(address + "/do/remove").status_code == 403
        assert "数据来源" not in words(client.get("/desk/imports/"))


def test_machines_set_up_a_source_read_it_and_ask_how_it_came_out(client: Client, web: Answers) -> None:
    sign_in(client, staff(CENTRE))
    body = {
        "name": "省民政接口", "authority": "省民政厅", "columns": {"xm": "name", "sfzh": "id_number", "lxdh": "phone"}, "key": "sfzh",
        "api": {"address": web.address("/people"), "headers": {"Authorization": TOKEN}, "rows": "data", "style": "offset", "parameter": "offset", "size": 10},
    }  # fmt: skip

    def post(path: str, value: Any) -> Any:
        return client.post(f"/api/v1/exchange/{path}", json.dumps(value), content_type="application/json")

    made = post("sources", body)

    assert made.status_code == 201, made.content
    source = made.json()
    assert source["columns"] == body["columns"]
    assert "t0ken" not in made.content.decode()
    begun = post(f"sources/{source['id']}/runs", {})
    assert (begun.status_code, begun.json()["state"]) == (202, "running")
    assert post(f"sources/{source['id']}/runs", {}).status_code == 409
    run = begun.json()["id"]
    jobs.fetch.func(run=run)
    told = client.get(f"/api/v1/exchange/runs/{run}").json()
    assert (told["state"], told["rows"], told["new"], told["batch_state"]) == ("taken", 30, 30, "staging")
    assert [one["id"] for one in client.get(f"/api/v1/exchange/sources/{source['id']}/runs").json()["items"]] == [run]
    assert [one["name"] for one in client.get("/api/v1/exchange/sources").json()["items"]] == ["省民政接口"]
    assert client.get(f"/api/v1/exchange/sources/{source['id']}").json()["place"] == web.address("/people")
    assert post("sources", body | {"api": None}).status_code == 422
    assert post("sources", body).status_code == 422
    with looking():
        assert Feed.objects.get().secret == {"headers": {"Authorization": TOKEN}}
