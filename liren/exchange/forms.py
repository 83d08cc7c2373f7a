"""Forms of the imports."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.registry.enums import Source


class BatchForm(forms.Form):
    """A list to bring in: the file, what it is, who keeps it and of which day it speaks."""

    file = forms.FileField(
        label=_("表格文件"),
        help_text=_("Excel（.xlsx、.xls）、ODS 或 CSV，不超过 100 MB。原样上传，不用改表头。"),
        error_messages={"required": _("请选择要导入的表格。")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.xlsb,.ods,.csv,.tsv,.txt"}),
    )
    title = forms.CharField(label=_("名单叫什么"), max_length=120, required=False, help_text=_("不填就用文件名。"))
    authority = forms.CharField(
        label=_("谁管这份名单"),
        max_length=64,
        required=False,
        help_text=_("例如：区民政局、镇残联、本村网格员。每一条记录都会写明来处。"),
    )
    source = forms.ChoiceField(label=_("名单从哪里来"), choices=Source.choices, initial=Source.IMPORTED)
    as_of = forms.DateField(label=_("数据截止到哪一天"), error_messages={"required": _("请填名单说的是哪一天的情况。")})

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        found = self.cleaned_data["file"]
        if found.size > 100 * 1024 * 1024:
            raise forms.ValidationError(_("文件超过 100 MB，请分成几个再上传。"))
        return found


class SourceForm(forms.Form):
    """What sources of both kinds have; ``settings`` and ``secret`` are what is kept of the rest."""

    name = forms.CharField(
        label=_("来源叫什么"),
        max_length=64,
        help_text=_("例如：区公安人口库、省民政低保接口。"),
        error_messages={"required": _("请给这个来源起个名字。")},
    )
    authority = forms.CharField(
        label=_("谁管这些数据"), max_length=64, required=False, help_text=_("每一条记录都会写明来处。")
    )

    def __init__(self, *args: Any, keeps_secret: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, only in self.shown_if.items():
            self.fields[name].shown_if = only  # type: ignore[attr-defined]  # read where the field is drawn
        if keeps_secret:
            self.fields[self.secret_field].help_text = _("已经存好，不再显示。不改就留空；换了服务器要重新填。")

    secret_field = ""
    shown_if: ClassVar[dict[str, tuple[str, tuple[str, ...]]]] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """Return where rows come from, without any secret."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"name", "authority", self.secret_field}
        }

    @property
    def secret(self) -> dict[str, Any]:
        """Return the secret, empty where none was given."""
        raise NotImplementedError


class DatabaseForm(SourceForm):
    """A database: where it is, who reads, and the table or the query."""

    secret_field = "password"  # noqa: S105  the field's name
    shown_if: ClassVar = dict.fromkeys(("host", "port", "user", "password"), ("dialect", ("postgresql", "mysql")))
    dialect = forms.ChoiceField(
        label=_("哪种数据库"),
        choices=[("postgresql", _("PostgreSQL（也用于兼容它的国产数据库）")), ("mysql", _("MySQL、MariaDB")), ("sqlite", _("SQLite 文件"))],
        initial="postgresql",
    )  # fmt: skip
    host = forms.CharField(
        label=_("服务器地址"), max_length=200, required=False, help_text=_("例如 db.example.gov.cn 或 10.2.3.4。")
    )  # fmt: skip
    port = forms.IntegerField(label=_("端口"), min_value=1, max_value=65535, required=False, help_text=_("不填就用常用的端口。"))  # fmt: skip
    database = forms.CharField(
        label=_("数据库名"), max_length=200, help_text=_("SQLite 填系统管理员放好的文件名。"), error_messages={"required": _("请填数据库名。")}
    )  # fmt: skip
    user = forms.CharField(
        label=_("用户名"), max_length=100, required=False, help_text=_("请对方开一个只能读取的账号。")
    )
    password = forms.CharField(
        label=_("密码"), max_length=200, required=False, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("加密保存，以后不再显示。"),
    )  # fmt: skip
    table = forms.CharField(
        label=_("表或视图"), max_length=200, required=False, help_text=_("例如 renkou 或 public.renkou。与下面的查询只填一项。")
    )  # fmt: skip
    query = forms.CharField(
        label=_("查询"), max_length=10_000, required=False, widget=forms.Textarea, help_text=_("一条 SELECT，只取需要的列和行。")
    )  # fmt: skip

    @property
    def secret(self) -> dict[str, Any]:
        """Return the password."""
        return {"password": self.cleaned_data["password"]} if self.cleaned_data["password"] else {}

    def clean(self) -> dict[str, Any]:
        """Ask for a server where there is one, and for a table or a query."""
        given = super().clean() or self.cleaned_data
        if given.get("dialect") != "sqlite" and not given.get("host"):
            self.add_error("host", _("请填服务器地址。"))
        if not given.get("table") and not given.get("query"):
            self.add_error("table", _("请填表或视图的名称，或写一条查询。"))
        if given.get("table") and given.get("query"):
            self.add_error("query", _("表和查询只填一项。"))
        return given


class ApiForm(SourceForm):
    """An HTTP API: its address, the headers that let one in, where its rows are, how its pages go on."""

    secret_field = "headers"  # noqa: S105  the field's name
    shown_if: ClassVar = {
        "parameter": ("style", ("page", "offset", "cursor")), "first": ("style", ("page", "offset")), "path": ("style", ("cursor", "next")),
        "size_parameter": ("style", ("page", "offset", "cursor")), "size": ("style", ("page", "offset", "cursor")),
    }  # fmt: skip
    address = forms.CharField(
        label=_("接口地址"), max_length=1000, help_text=_("以 https:// 开头，固定的参数写在地址里。令牌写在下面的请求头里，不要写进地址。"),
        error_messages={"required": _("请填接口地址。")},
    )  # fmt: skip
    headers = forms.CharField(
        label=_("请求头"), max_length=4000, required=False, widget=forms.Textarea(attrs={"autocomplete": "off"}),
        help_text=_("每行一个，例如 Authorization: Bearer 令牌。加密保存，以后不再显示。"),
    )  # fmt: skip
    rows = forms.CharField(
        label=_("行在回答的哪里"), max_length=100, required=False, help_text=_("例如 data.list。不填就自己找。")
    )
    style = forms.ChoiceField(
        label=_("怎么翻页"),
        choices=[
            ("none", _("不翻页，一次给全")), ("page", _("按页码：第 1 页、第 2 页……")), ("offset", _("按行数：跳过前面多少行")),
            ("cursor", _("按游标：回答里给出下一页的记号")), ("next", _("按地址：回答里或 Link 头里给出下一页的地址")),
        ],
        initial="none", widget=forms.RadioSelect,
    )  # fmt: skip
    parameter = forms.CharField(
        label=_("翻页的参数名"), max_length=60, required=False, help_text=_("页码、行数或游标放在哪个参数里，例如 page、offset、cursor。")
    )  # fmt: skip
    first = forms.IntegerField(label=_("从几开始"), min_value=0, max_value=1, required=False, help_text=_("页码一般从 1 开始，行数从 0 开始。"))  # fmt: skip
    size_parameter = forms.CharField(
        label=_("每页行数的参数名"), max_length=60, required=False, help_text=_("例如 size、pageSize、limit。")
    )
    size = forms.IntegerField(label=_("每页几行"), min_value=1, max_value=10_000, required=False)
    path = forms.CharField(
        label=_("下一页在回答的哪里"), max_length=100, required=False, help_text=_("游标或地址的位置，例如 meta.next。用 Link 头就不填。")
    )  # fmt: skip

    @property
    def secret(self) -> dict[str, Any]:
        """Return the headers."""
        found = self.cleaned_data["headers"]
        return {"headers": found} if found else {}

    def clean_headers(self) -> dict[str, str]:
        """Return the headers by name; refuse a line that is none."""
        found: dict[str, str] = {}
        for line in self.cleaned_data["headers"].splitlines():
            name, sign, value = line.partition(":")
            if not line.strip():
                continue
            if not sign or not name.strip() or not value.strip():
                raise forms.ValidationError(_("请求头每行一个，写成“名称: 内容”。"))
            found[name.strip()] = value.strip()
        return found

    def clean(self) -> dict[str, Any]:
        """Ask for what a way of paging needs."""
        given = super().clean() or self.cleaned_data
        style = given.get("style")
        if style in {"page", "offset", "cursor"} and not given.get("parameter"):
            self.add_error("parameter", _("这样翻页要填参数名。"))
        if style == "cursor" and not given.get("path"):
            self.add_error("path", _("请写明游标在回答的哪里。"))
        if given.get("first") is None:
            given["first"] = 1 if style == "page" else 0
        return given


SOURCE_FORMS: dict[str, type[SourceForm]] = {"database": DatabaseForm, "api": ApiForm}
