"""The pages lead a list from the upload to the second signature."""

import io
import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from liren.base import clock
from liren.base.tables import open_table
from liren.exchange.actions import batches, running
from liren.exchange.models import Batch, Row
from liren.exchange.queries import batches as tables
from liren.exchange.queries.batches import content_path
from liren.exchange.tests.world import HEADS, book, brought_in, looking, number_of, somebody, staged, taken_in
from liren.registry.models import Person
from liren.testing.cast import CIVIL_AFFAIRS, PAIFANG_CLERK, acting, sign_in, staff

pytestmark = pytest.mark.django_db(transaction=True)


def words(answer: object) -> str:
    return str(answer.content.decode())  # type: ignore[attr-defined]


def test_a_list_goes_from_the_upload_to_the_second_signature(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    table = book(
        [
            ["牌坊社区居民名单"],
            HEADS,
            *(somebody(n) for n in range(5)),
            somebody(9, **{"身份证号": "3.20115E+17"}),
            ["合计", 6],
        ]
    )

    answer = client.post(
        "/desk/imports/new",
        {
            "file": SimpleUploadedFile("名单.xlsx", table),
            "as_of": "2026-01-01",
            "source": "imported",
            "authority": "=cmd()",
        },
    )
    assert answer.status_code == 302
    address = answer["Location"].removesuffix("/mapping")
    page = words(client.get(address + "/mapping"))
    assert "身份证号" in page
    assert '<option value="id_number" selected>' in page
    form = {
        f"column-{index}": target
        for index, target in enumerate(
            ["name", "sex", "id_number", "ethnicity", "phone", "household", "relation", "address"]
        )
    }
    assert (
        client.post(
            address + "/mapping", form | {"source": "imported", "as_of": "2026-01-01", "save_as": "户籍"}
        ).status_code
        == 302
    )
    batch_id = int(address.rsplit("/", 1)[1])
    assert "正在核对" in words(client.get(address))
    assert running.run_staging(batch_id) == "staged"
    page = words(client.get(address))
    assert "导入 5 行" in page
    assert "后几位已丢失" in words(client.get(address + "/rows?verdict=refused"))
    assert client.post(address + "/do/apply").status_code == 302
    assert running.run_applying(batch_id) == "applied"

    assert "对得上：6 行 = 已写入 5 + 没有变化 0 + 等着写入 0 + 待定 0 + 退回 1。" in words(
        client.get(address + "/reconciliation")
    )
    assert client.post(address + "/reconciliation").status_code == 302
    sign_in(client, staff(CIVIL_AFFAIRS))
    assert client.post(address + "/reconciliation").status_code == 302
    assert words(client.get(address + "/reconciliation")).count("已签字") == 2


def test_what_came_back_is_the_same_list_with_reasons_and_can_be_brought_in_again(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    bad = somebody(3, "=1+1", **{"身份证号": "32011519900101"})
    batch = staged(taken_in(clerk, [HEADS, bad, somebody(4)]), clerk)

    answer = client.get(f"/desk/imports/{batch.pk}/refused")

    path = content_path("x").parent.parent.parent / "back.xlsx"
    path.write_bytes(answer.content)
    lines = list(open_table(path).rows())
    assert lines[0] == ["退回原因", "原行号", *HEADS]
    assert str(lines[1][0]).endswith("身份证号：证件号码位数不对（32011519900101）")
    assert lines[1][2] == "=1+1"
    assert b"<f>" not in io.BytesIO(answer.content).getvalue()
    again = taken_in(clerk, path.read_bytes())
    assert again.targets[2:] == ["name", "sex", "id_number", "ethnicity", "phone", "household", "relation", "address"]


def test_very_many_rows_come_back_in_several_files_and_none_is_left_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_BACK", 2)
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    batch = staged(
        taken_in(clerk, [HEADS, *(somebody(n, **{"身份证号": "32011519900101"}) for n in range(5)), somebody(9)]), clerk
    )

    page = client.get(f"/desk/imports/{batch.pk}").content.decode()

    links = re.findall(r'href="(/desk/imports/[0-9]+/refused\?from=[0-9]+)"', page)
    assert len(links) == 3
    assert "下载退回的行（3／3）" in page
    given: list[Any] = []
    for place, link in enumerate(links, 1):
        answer = client.get(link)
        path = content_path("x").parent.parent.parent / "part.xlsx"
        path.write_bytes(answer.content)
        given += [line[1] for line in list(open_table(path).rows())[1:]]
        assert f"-{place}-3.xlsx" in answer["Content-Disposition"]
        assert f"分成 3 个文件，这是第 {place} 个" in str(list(open_table(path).rows(1)))
    assert given == ["2", "3", "4", "5", "6"]
    assert not list(tables.store().root.glob("tmp*"))


def test_a_row_is_decided_by_what_is_pressed_beside_it(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(4))], as_of=date(2026, 1, 1)), clerk), clerk)
    batch = staged(taken_in(clerk, [HEADS, *(somebody(n, f"改名{n}") for n in range(4))]), clerk)
    with looking():
        first, second, *_left = Row.objects.filter(batch=batch.pk).order_by("number")
    page = client.get(f"/desk/imports/{batch.pk}/rows?verdict=unsure&after={first.number}").content.decode()
    assert f'name="alone" value="{second.pk} keep"' in page
    address = f"/desk/imports/{batch.pk}/decide"

    ticked = {"row": [str(first.pk)], "answer": "back", "alone": f"{second.pk} keep", "after": str(first.number)}
    answer = client.post(address, ticked)

    assert (
        answer.headers["Location"] == f"/desk/imports/{batch.pk}/rows?verdict=unsure&fault=&after={first.number}#rows"
    )
    for wrong in ("", "keep", f"{second.pk}", f"{second.pk} sideways", "９ keep"):
        assert client.post(address, {"alone": wrong}).status_code == 422
    with looking():
        decided = dict(Row.objects.filter(batch=batch.pk).exclude(answer="").values_list("pk", "answer"))
    assert decided == {second.pk: "keep"}


def test_the_queue_is_decided_many_at_once(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(4))], as_of=date(2026, 1, 1)), clerk), clerk)
    batch = staged(taken_in(clerk, [HEADS, *(somebody(n, f"改名{n}") for n in range(4))]), clerk)
    page = words(client.get(f"/desk/imports/{batch.pk}/rows?verdict=unsure&fault=name_differs"))
    assert "改名1" in page
    assert number_of(date(1951, 2, 2), 1) not in page

    answer = client.post(f"/desk/imports/{batch.pk}/decide", {"fault": "name_differs", "every": "on", "answer": "take"})

    assert answer.status_code == 302
    with looking():
        assert set(Row.objects.filter(batch=batch.pk).values_list("answer", flat=True)) == {"take"}
    brought_in(batch, clerk)
    with looking():
        assert set(Person.objects.values_list("name", flat=True)) == {f"改名{n}" for n in range(4)}
        assert Batch.objects.count() == 2


def test_a_mapping_without_a_name_is_refused_beside_the_table(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    batch = taken_in(clerk, [HEADS, somebody(1)])

    answer = client.post(f"/desk/imports/{batch.pk}/mapping", {"column-2": "id_number", "source": "imported"})

    assert answer.status_code == 422
    assert "请指定哪一列是姓名" in words(answer)


def test_another_household_is_named_on_both_sides(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    first, again = somebody(0, **{"户号": "A00001"}), somebody(0, **{"户号": "B00002", "家庭住址": "牌坊社区8组8号"})
    brought_in(staged(taken_in(clerk, [HEADS, first]), clerk), clerk)
    batch = staged(taken_in(clerk, [HEADS, again], source="declared"), clerk)

    page = words(client.get(f"/desk/imports/{batch.pk}/rows"))

    assert "户主，A00001，牌坊社区1组0号" in page
    assert "户主，B00002，牌坊社区8组8号" in page


def test_a_list_that_was_taken_back_does_not_say_that_its_rows_stand(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    sign_in(client, clerk)
    batch = brought_in(staged(taken_in(clerk, [HEADS, somebody(1)]), clerk), clerk)
    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=batch, reason="导错了表")
    running.run_undoing(batch.pk)

    page = words(client.get(f"/desk/imports/{batch.pk}"))

    assert "写入过，已撤销" in page
    assert "<dt>已写入</dt>" not in page
