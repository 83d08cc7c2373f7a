"""Shape of what somebody types about grids."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.registry.forms import Choices, choice, day, text
from liren.registry.forms.homes import offer


class GridForm(forms.Form):
    """A new grid."""

    number = forms.IntegerField(
        label=_("编号"), min_value=1, max_value=999, help_text=_("1 到 999，是网格代码的最后三位。"),
        error_messages={
            "required": _("请填写这一项。"), "invalid": _("请填整数。"), "min_value": _("网格编号应为 001 到 999。"),
            "max_value": _("网格编号应为 001 到 999。"),
        },
    )  # fmt: skip
    name = text(_("名称"), help_text=_("例如 第一网格、东山花苑网格。"))
    valid_from = day(_("从哪一天起"), help_text=_("以前的日子按那一天的划分看。"))


class GridNameForm(forms.Form):
    """Another name."""

    name = text(_("名称"))


class GridEndForm(forms.Form):
    """When a grid closes, and where its homes go."""

    on = day(_("从哪一天起停用"))
    into = choice(
        _("里面的楼栋和户划到"),
        [],
        required=False,
        help_text=_("不选，就不在任何网格，名单里列在“未划入网格”。"),
    )

    def __init__(self, *args: Any, grids: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "into", grids)


class GridWorkerForm(forms.Form):
    """Who looks after a grid."""

    account = choice(_("谁"), [], help_text=_("在本村（社区）任职的人。没有的，请先请安全管理员任命。"))
    since = day(_("从哪一天起"))

    def __init__(self, *args: Any, accounts: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "account", accounts)


class WorkerEndForm(forms.Form):
    """Until when somebody looks after a grid."""

    until = day(_("从哪一天起不再负责"))


class AllotForm(forms.Form):
    """Into which grid, from when."""

    grid = choice(_("划到"), [])
    on = day(_("从哪一天起"))

    def __init__(self, *args: Any, grids: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "grid", grids)
