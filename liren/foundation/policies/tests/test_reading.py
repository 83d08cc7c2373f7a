"""What is wrong with a pack is said in sentences that name file, line and clause; everything at once."""

from pathlib import Path

import pytest
from django.conf import settings

from liren.foundation.policies.enums import LEVELS, Kind
from liren.foundation.policies.rules import shape
from liren.foundation.policies.rules.crossing import cross
from liren.foundation.policies.rules.drafts import PackDraft, read_pack
from liren.foundation.policies.rules.reading import read_text
from liren.foundation.policies.rules.verified import unverified
from liren.foundation.policies.tests.writing import write_pack

PACKS = settings.ROOT / "packs"


def sentences(folder: Path) -> list[str]:
    """Return everything that is wrong with the pack in ``folder``."""
    draft, faults = read_pack(folder)
    return [fault.sentence() for fault in faults or (cross([draft], {}) if draft else [])]


def shipped(code: str) -> PackDraft:
    """Return a pack that comes with the product."""
    draft, faults = read_pack(PACKS / code)
    assert draft is not None, [fault.sentence() for fault in faults]
    return draft


def test_the_shipped_packs_have_no_fault() -> None:
    drafts = [shipped("national/base"), shipped("jiangsu/2015-rural-pilot")]

    assert [fault.sentence() for fault in cross(drafts, {})] == []


def test_days_codes_and_the_word_no_stay_text() -> None:
    source, faults = read_text("a: 2015-11-13\nb: 01\nc: no\nd: 7\ne: false\n", "x.yaml")

    assert faults == []
    assert source is not None
    assert source.data == {"a": "2015-11-13", "b": "01", "c": "no", "d": 7, "e": False}


def test_a_text_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "terms.yaml").write_text("kind: term\nitems:\n  - code: [one\n")

    (said,) = sentences(folder)

    assert said.startswith("test/one/terms.yaml 第 4 行：不是正确的 YAML")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: term\nkind: term\nitems: []\n", "test/one/terms.yaml 第 2 行：键“kind”在同一处写了两次。"),
        ("kind: tern\nitems: [{}]\n", "test/one/terms.yaml 第 1 行：“kind”只能是这些之一"),
        ("kind: term\nitems:\n  - &a {code: x}\n  - *a\n", "test/one/terms.yaml 第 3 行：这里用了 YAML 的引用"),
        ("kind: term\nitems:\n  - code: !!python/name:x y\n", "test/one/terms.yaml 第 3 行：这里的 YAML 标记"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path: Path, text: str, said: str) -> None:
    folder = write_pack(tmp_path)
    (folder / "terms.yaml").write_text(text)

    assert any(one.startswith(said) for one in sentences(folder)), sentences(folder)


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "terms.yaml").write_bytes("kind: term\nitems: 期限\n".encode("gb18030"))

    assert sentences(folder) == ["test/one/terms.yaml 第 2 行：不是 UTF-8 编码的文字，请另存为 UTF-8。"]


def test_a_folder_without_pack_yaml_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "test" / "one").mkdir(parents=True)

    assert sentences(tmp_path / "test" / "one") == [
        "test/one/pack.yaml 第 1 行：没有这个文件。每个政策包都要有 pack.yaml。"
    ]


def test_every_fault_is_said_with_its_line_and_clause(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "terms.yaml").write_text(
        """kind: term
items:
  - code: visit-days
    name: 走访间隔
    clause: 二.一.四
    verified: maybe
    figure:
      value: 30
      unit: fortnights
      verified: true
    colour: red
"""
    )

    assert sentences(folder) == [
        "test/one/terms.yaml 第 11 行（term visit-days，二.一.四）：不认识键“colour”。这里能用的键："
        "clause、code、figure、name、name_en、note、source、valid_from、valid_until、verified。",
        "test/one/terms.yaml 第 6 行（term visit-days，二.一.四）：“verified”应当是true 或 false，现在是“maybe”。",
        "test/one/terms.yaml 第 9 行（term visit-days，二.一.四）：“figure.unit”只能是这些之一：working_days、days、months、years、"
        "times、fen、persons、people、square_metres、places、topics、percent、households、points；现在是“fortnights”。",
        "test/one/terms.yaml 第 7 行（term visit-days，二.一.四）：“figure”缺少“source”。",
    ]


def test_a_day_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, in_force_from="2015-02-30")

    assert sentences(folder) == [
        "test/one/pack.yaml 第 6 行：“in_force_from”应当是存在的日期，写成 2015-11-13 的样子；现在是“2015-02-30”。"
    ]


def test_a_pack_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, in_force_from="2015-11-13", in_force_until="2015-11-13")

    assert sentences(folder) == ["test/one/pack.yaml 第 7 行：失效日期不晚于生效日期。"]


def test_a_code_used_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, terms={"visit-days": 30})
    (folder / "more.yaml").write_text((folder / "terms.yaml").read_text())

    assert sentences(folder) == [
        "test/one/terms.yaml 第 3 行（term visit-days）：这个代码在 test/one/more.yaml 第 3 行已经用过。"
    ]


def test_versions_of_one_figure_stand_side_by_side_as_long_as_their_periods_do_not_overlap(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, terms={"visit-days": 30})
    text = (folder / "terms.yaml").read_text()
    (folder / "terms.yaml").write_text(text + '    valid_until: "2020-01-01"\n')
    (folder / "more.yaml").write_text(text + '    valid_from: "2020-01-01"\n')

    assert sentences(folder) == []

    (folder / "more.yaml").write_text(text + '    valid_from: "2019-12-31"\n')

    assert sentences(folder) == [
        "test/one/terms.yaml 第 3 行（term visit-days）：和 test/one/more.yaml 第 3 行的同一个代码有效期重叠。"
    ]


def test_a_clause_that_is_tied_to_nothing_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, clauses={"一": "matter flying"})

    assert sentences(folder) == ["test/one/clauses.yaml 第 9 行（clause 一）：没有“matter flying”，条款不能和它关联。"]


def test_an_item_of_a_clause_that_the_pack_does_not_have_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, terms={"visit-days": 30}, clauses={"一": "term visit-days"})
    terms = folder / "terms.yaml"
    terms.write_text(terms.read_text().replace("    figure:", "    clause: 九\n    figure:"))

    assert sentences(folder) == ["test/one/terms.yaml 第 6 行（term visit-days，九）：本政策包里没有条款“九”。"]


MATTER = PACKS / "national" / "base" / "matters" / "public-repair.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("post: works_officer", "post: magician", "没有岗位“magician”。"),
        ("group: municipal", "group: sports", "代码表 window-group 里没有“sports”。"),
        ("rating_scale: good-bad-review", "rating_scale: stars", "没有评价等级“stars”。"),
        ("promised_days: {value: 5", "promised_days: {value: 15", "承诺期限比法定期限长。"),
        ("fields: [contact_name, phone]", "fields: [contact_name]", "“phone”没有放到任何一页上。"),
        ("fields: [contact_name, phone]", "fields: [contact_name, phone, photos]", "“photos”在两页上都有。"),
        ("phone: person.phone", "mobile: person.phone", "表里没有“mobile”这一项。"),
        ("required: [facility, description", "required: [facilities, description", "表里没有“facilities”这一项。"),
        ("verb: accept,", "verb: handle,", "第一步应当是受理（accept）。"),
        ("x-kind: position", "x-widget: position", "不认识键“x-widget”。"),
        (
            "location: optional",
            "location: perhaps",
            "“location”只能是这些之一：none、optional、required；现在是“perhaps”。",
        ),
    ],
)
def test_a_matter_that_does_not_hold_together_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = write_pack(tmp_path, depends_on="[national/base]")
    text = MATTER.read_text()
    assert old in text
    (folder / "matter.yaml").write_text(text.replace(old, new))
    draft, faults = read_pack(folder)
    told = [fault.sentence() for fault in faults or cross([shipped("national/base"), draft] if draft else [], {})]

    assert told
    assert all(said in one and "test/one/matter.yaml 第 " in one and "matter public-repair" in one for one in told), (
        told
    )


def test_a_calendar_that_frees_a_sunday_or_works_a_monday_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "calendar.yaml").write_text(
        'kind: calendar\nitems:\n  - code: "2025"\n    name: 某年\n    verified: true\n    source: 通知\n    year: 2025\n'
        "    off: [2025-10-01, 2025-10-05]\n    worked: [2025-09-29, 2024-10-12]\n"
    )

    assert [one.partition("：")[2] for one in sentences(folder)] == [
        "2025-10-05 本来就是周末，放假的日子只写周一到周五。",
        "2025-09-29 不是周末，调休上班的日子只写周六和周日。",
        "2024-10-12 不在 2025 年。",
    ]


def test_every_kind_has_its_schema_and_every_level_its_number() -> None:
    assert sorted(Kind.values) == sorted(shape.kinds())
    assert all(shape.validator(kind).schema for kind in Kind.values)
    assert list(LEVELS) == shape._registry().contents("liren:item")["$defs"]["level"]["enum"]


def test_a_figure_nobody_verified_makes_its_item_unverified() -> None:
    matter = next(item for item in shipped("national/base").items if item.code == "temporary-assistance")

    assert not matter.verified
    assert {("legal_days",), ("promised_days",), ("extension", "days")} <= set(unverified(matter.body))


def test_nobody_holds_two_of_the_three_officers_posts() -> None:
    posts = {item.code: item.body for item in shipped("national/base").items if item.kind == "post"}
    three = {"system_administrator", "security_administrator", "auditor"}

    assert all(set(posts[post]["incompatible_with"]) == three - {post} for post in three)
    assert {post for post, body in posts.items() if body["totp_required"]} == three
    personal = ("registry.", "cases.", "commons.view", "commons.upload", "commons.send")
    assert not any(one.startswith(personal) for post in three for one in posts[post]["capabilities"])
