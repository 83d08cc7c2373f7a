"""What the workbench can lead to: one line per page, shown when the page works and the viewer's posts may use it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Duty:
    """A page of the workbench with the capabilities of which one is needed; none means everybody at a desk.

    ``in_community`` is only for posts of one community; ``also`` matches the pages elsewhere that belong to it.
    """

    url: str
    words: Any
    icon: str
    capabilities: tuple[str, ...] = ()
    group: Any = ""
    in_community: bool = False
    also: str = ""


DUTIES: tuple[Duty, ...] = (
    Duty("/desk/", _("今天"), "home"),
    Duty("/desk/take-in", _("窗口收件"), "user-plus", ("cases.take_in",), _("办事")),
    Duty("/desk/cases", _("办件"), "clipboard-text", ("cases.view",), _("办事")),
    Duty("/desk/communities", _("本村（社区）"), "map-pin", ("registry.view",), _("底数"), in_community=True),
    Duty("/desk/people/", _("居民"), "users", ("registry.view",), _("底数")),
    Duty("/desk/households", _("家庭"), "home", ("registry.view",), _("底数")),
    Duty("/desk/organisations", _("组织"), "building-community", ("registry.view",), _("底数")),
    Duty("/desk/moves", _("转入转出"), "corner-up-right", ("registry.view",), _("底数")),
    Duty("/desk/population", _("人口月报"), "list-details", ("registry.view",), _("底数")),
    Duty(
        "/desk/grids",
        _("网格"),
        "map-pin",
        ("registry.view",),
        _("底数"),
        also=r"/desk/(communities/\w+/grids|grid-changes)",
    ),
    Duty("/desk/units", _("小组和楼栋"), "map-pin", ("places.view",), _("底数")),
    Duty("/desk/categories", _("人群名单"), "list-details", ("registry.figures",), _("底数")),
    Duty("/desk/corrections", _("更正申请"), "pencil", ("registry.decide_corrections",), _("办事")),
    Duty("/desk/imports/", _("导入台账"), "upload", ("exchange.import",), _("底数")),
    Duty("/desk/links", _("核对身份"), "user-check", ("access.link_account",), _("办事")),
    Duty("/desk/duplicates", _("重复档案"), "files", ("registry.merge",), _("底数"), also="/desk/merges"),
    Duty("/desk/accounts", _("工作人员账号"), "id", ("access.manage_accounts", "access.unlock"), _("管理")),
    Duty("/desk/appointments", _("岗位任免"), "users", ("access.appoint",), _("管理")),
    Duty("/desk/token-requests", _("令牌审批"), "shield-check", ("access.allow_tokens",), _("管理")),
    Duty("/desk/tokens", _("接口令牌"), "lock", ("access.hold_token",), _("管理")),
    Duty("/desk/journal", _("日志"), "history", ("access.read_journal",), _("管理")),
    Duty("/desk/policies", _("政策库"), "scale", ("policies.view",), _("依据")),
)


def home_of(path: str) -> str:
    """Return the address of the duty that a page of the desk belongs to, without the slash at its end."""
    for pattern, url in _elsewhere():
        if pattern.match(path):
            return url
    return "/".join(path.split("/", 3)[:3]).rstrip("/")


@lru_cache(maxsize=1)
def _elsewhere() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(rf"{duty.also}(/|$)"), duty.url.rstrip("/")) for duty in DUTIES if duty.also]
