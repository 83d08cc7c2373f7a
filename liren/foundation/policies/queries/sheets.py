"""Items in words: what the library's page says of an item of each kind, as terms and values."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from liren.base.capabilities import CAPABILITIES
from liren.foundation.policies.enums import LEVELS, Level
from liren.foundation.policies.queries.shelf import Item

Row = tuple[str, str]
MOST_DAYS = 40


def units() -> dict[str, str]:
    """Return the words of units in the reader's language."""
    return {
        "working_days": _("个工作日"), "days": _("天"), "months": _("个月"), "years": _("年"), "times": _("次"), "fen": _("分"),
        "persons": _("人"), "people": _("人"), "square_metres": _("平方米"), "places": _("个"), "topics": _("个"),
        "percent": "%", "households": _("户"),
    }  # fmt: skip


def said(figure: Mapping[str, Any]) -> str:
    """Return a figure in words: ``10 个工作日（示例）`` while nobody verified it."""
    value = figure["value"]
    number = int(value) if value == int(value) else value
    words = f"{number} {units().get(figure['unit'], figure['unit'])}"
    return words if figure["verified"] else _("%(figure)s（示例，未核实）") % {"figure": words}


def rows(item: Item) -> list[Row]:
    """Return what an item says, as terms and values."""
    tell = TELLERS.get(item.kind)
    return [row for row in tell(item.body) if row[1]] if tell else []


def _level(body: Mapping[str, Any], key: str) -> str:
    return str(Level(LEVELS[body[key]]).label)


def _matter(body: Mapping[str, Any]) -> Iterator[Row]:
    yield _("说明"), body["summary"]
    yield _("事项类型"), body["kind"]
    yield _("行使层级"), _level(body, "exercised_at")
    yield _("谁可以申请"), body["applicants"]["text"]
    for condition in body["conditions"]:
        yield _("条件"), f"{condition['question']} {_('是') if condition['expected'] else _('否')}"
    for material in body["materials"]:
        yield _("材料"), material["name"]
    yield _("法定期限"), said(body["legal_days"])
    yield _("承诺期限"), said(body["promised_days"])
    yield _("收费"), body["fee"]["text"]
    for step in body["steps"]:
        yield _("步骤"), f"{step['title']}（{Level(LEVELS[step['level']]).label}）"
    yield _("结果"), body["result"]["name"]
    for basis in body.get("basis", ()):
        yield _("依据"), basis["title"] + (f" {basis['article']}" if "article" in basis else "")


def _post(body: Mapping[str, Any]) -> Iterator[Row]:
    yield _("职责"), body.get("duty", "")
    yield _("所在层级"), _level(body, "level")
    titles = [str(CAPABILITIES[code].title) if code in CAPABILITIES else code for code in body["capabilities"]]
    yield _("可以做什么"), "、".join(titles)
    yield _("登录"), _("必须使用动态口令") if body["totp_required"] else _("密码")


def _codelist(body: Mapping[str, Any]) -> Iterator[Row]:
    yield _("标准"), body["standard"]
    for entry in body["entries"]:
        yield entry["code"], entry["name"]


def _calendar(body: Mapping[str, Any]) -> Iterator[Row]:
    def days(texts: list[str]) -> str:
        return "、".join(date_format(date.fromisoformat(text), _("n月j日")) for text in texts[:MOST_DAYS])

    yield _("放假（周一到周五）"), days(body.get("off", []))
    yield _("上班（周六、周日）"), days(body.get("worked", []))
    yield _("每年固定"), "、".join(body.get("fixed", []))


def _rating_scale(body: Mapping[str, Any]) -> Iterator[Row]:
    for level in body["levels"]:
        yield str(level["value"]), level["name"] + (_("（必须回复）") if level["answer_owed"] else "")
    yield _("回复期限"), said(body["answer_days"])


def _term(body: Mapping[str, Any]) -> Iterator[Row]:
    yield _("数值"), said(body["figure"])
    yield _("说明"), body.get("note", "")


def _clause(body: Mapping[str, Any]) -> Iterator[Row]:
    yield _("摘要"), body["summary"]
    for wanted in body.get("asks_for", ()):
        yield _("要求"), wanted
    for one in body.get("figures", ()):
        yield one["name"], said(one["figure"])
    yield _("平台功能"), "、".join(body.get("capabilities", ()))


def _annex(body: Mapping[str, Any]) -> Iterator[Row]:
    yield _("设区市"), body["city"]
    yield _("县（市、区）"), body["county"]
    yield _("乡镇（街道）"), body["township"]
    yield _("村（社区）"), body["community"]
    yield _("文件原文"), body["printed"]


def _category(body: Mapping[str, Any]) -> Iterator[Row]:
    yield _("说明"), body.get("summary", "")
    yield _("依据"), body["source"]
    yield _("条款"), body.get("article", "")
    yield _("规则版本"), body["version"]
    for one in body["parameters"]:
        yield one["name"], said(one["figure"])
    yield _("备注"), body.get("note", "")


TELLERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Row]]] = {
    "matter": _matter,
    "post": _post,
    "codelist": _codelist,
    "calendar": _calendar,
    "rating-scale": _rating_scale,
    "term": _term,
    "clause": _clause,
    "annex": _annex,
    "category": _category,
}
