"""A head of a community makes a grid, puts a building and a household in, sees a list by grid, takes it out of the house, and undoes a mistake."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from liren.base import clock
from liren.testing.browser import DESK, PHONE
from liren.testing.installation import Installation
from liren.testing.visitors import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.xdist_group("journey")]
Visit = Callable[..., Visitor]
GRIDS = "/desk/communities/320115006205/grids"


def test_a_grid_is_made_filled_seen_by_list_exported_and_undone(
    visit: Visit, installation: Installation, tmp_path: Any
) -> None:
    head = visit("head", DESK, session=installation.village["sessions"]["shuji"])
    page = head.page
    head.foreseen |= {422}

    # a grid is made
    page.goto(GRIDS)
    page.get_by_label("编号").fill("7")
    page.get_by_label("名称").fill("七组网格")
    page.get_by_role("button", name="加上").click()
    head.says("已经加上“七组网格”")
    head.look("made")

    # the building goes from the first grid into it, after a look at who moves
    page.goto(f"{GRIDS}/homes")
    expect(page.locator("[data-picks]")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("[data-picked]")).to_have_text("选了 1 处")
    page.get_by_label("划到").select_option(label="007 七组网格")
    head.look("chosen")
    page.get_by_role("button", name="先看看会怎样").click()
    expect(page.get_by_role("row", name="第一网格")).to_contain_text("1")
    head.look("foreseen")
    page.get_by_role("button", name="就这样划").click()
    head.says("已经划好：1 处，1 户 1 人")
    head.look("done")

    # a household without a dwelling goes in by itself
    page.goto(f"{GRIDS}/homes?by=household")
    page.get_by_label("牌坊社区 5 组 8 号").check()
    page.get_by_label("划到").select_option(label="007 七组网格")
    page.get_by_role("button", name="先看看会怎样").click()
    page.get_by_role("button", name="就这样划").click()
    head.says("已经划好：1 处，1 户 1 人")

    # a list by grid: the old women have no home yet, so they are in none
    page.goto("/desk/categories")
    expect(page.get_by_role("columnheader", name="未划入网格")).to_be_visible()
    page.goto("/desk/categories/elder-80")
    page.get_by_role("link", name="未划入网格").click()
    page.wait_for_url("**grid=none**")
    head.says("郑一婆")
    head.look("in-none")
    page.get_by_role("row", name="郑一婆").get_by_role("link", name="去划入").click()
    head.says("还不知道这个人住在哪一户")

    # and out of the house with its grid
    page.goto("/desk/categories/elder-80?grid=none")
    page.get_by_role("link", name="导出表格…").click()
    page.get_by_label("用途").select_option("visit")
    page.get_by_label("具体说明").fill("重阳节走访")
    with page.expect_download() as told:
        page.get_by_role("button", name="导出表格").click()
    told.value.save_as(tmp_path / "list.xlsx")
    sheets = CalamineWorkbook.from_path(tmp_path / "list.xlsx")
    assert "网格" in sheets.get_sheet_by_index(0).to_python()[0]
    assert any("未划入网格" in str(cell) for row in sheets.get_sheet_by_index(1).to_python() for cell in row)

    # what was wrong is taken back, a grid is closed and comes back
    page.goto(GRIDS)
    page.get_by_role("region", name="各网格").get_by_role("link", name="七组网格").click()
    head.says("3幢")
    page.get_by_role("link", name="停用").click()
    head.says("2 处（2 户 2 人）")
    head.look("closing")
    page.get_by_label("从哪一天起停用").fill(clock.today().isoformat())
    page.get_by_role("button", name="停用").click()
    head.says("停用日期应晚于启用日期")
    page.goto(GRIDS)
    page.get_by_role("button", name="撤回").first.click()
    head.says("已经撤回，和没有划过一样")
    head.look("undone")


def test_a_grid_worker_sees_the_grids_on_a_phone(visit: Visit, installation: Installation) -> None:
    clerk = visit("phone", PHONE, session=installation.village["sessions"]["paifang"])

    clerk.open(GRIDS)
    clerk.says("第一网格")
    assert not clerk.page.get_by_role("button", name="撤回").count()
    clerk.open(f"/desk/grids/{installation.village['grid']}")
    clerk.says("3幢")
    clerk.open("/desk/communities")
    clerk.says("按网格")
