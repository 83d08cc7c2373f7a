"""Shape and cleaning of what people type."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.foundation.access.enums import Language


def _text(kind: str, **attributes: str) -> forms.TextInput:
    return forms.TextInput(attrs={"data-widget": kind, **attributes})


class PhoneForm(forms.Form):
    """The phone to sign in with."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        widget=_text("phone", autocomplete="tel"),
        error_messages={"required": _("请输入您的手机号。")},
    )


class CodeForm(forms.Form):
    """The six digits of a text message or an authenticator."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=16,
        widget=_text("code", autocomplete="one-time-code"),
        error_messages={"required": _("请输入收到的6位数字。")},
    )


class SecondFactorForm(CodeForm):
    """The digits of the authenticator, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("动态口令")
        self.fields["code"].help_text = _("手机验证器上的6位数字；手机不在身边时，填一个恢复码。")


class StaffForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        widget=_text("text", autocomplete="username"),
        error_messages={"required": _("请输入用户名。")},
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("请输入密码。")},
    )


class PasswordForm(forms.Form):
    """A new password, twice."""

    old = forms.CharField(
        label=_("原密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("新密码"),
        max_length=256,
        strip=False,
        help_text=_("至少10位，不要用生日、电话或常见的词。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("再输一次新密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Compare the two."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("new") and cleaned.get("repeated") and cleaned["new"] != cleaned["repeated"]:
            self.add_error("repeated", _("两次输入的新密码不一样。"))
        return cleaned


class SettingsForm(forms.Form):
    """By what name, in which language and how large."""

    name = forms.CharField(
        label=_("怎么称呼您"), max_length=64, required=False, help_text=_("例如“王阿姨”。可以不填，随时能改。")
    )
    language = forms.ChoiceField(label=_("语言"), choices=Language.choices, widget=forms.RadioSelect)
    elder_mode = forms.BooleanField(label=_("使用长辈版（大字）"), required=False)


class LinkForm(forms.Form):
    """Who a resident says they are."""

    name = forms.CharField(label=_("姓名"), max_length=64, help_text=_("和身份证上一样。"))
    id_number = forms.CharField(label=_("证件号码"), max_length=32, widget=_text("id"))
    community = forms.CharField(
        label=_("您住在哪个社区（村）"), max_length=64, help_text=_("写社区或村的名字，例如“牌坊”。")
    )


class InvitationForm(forms.Form):
    """The code from the window."""

    code = forms.CharField(
        label=_("邀请码"),
        max_length=16,
        help_text=_("窗口给您的纸条上的8位字母和数字。"),
        widget=_text("text", autocomplete="off"),
    )


class AccountForm(forms.Form):
    """A new staff account."""

    username = forms.RegexField(
        r"^[A-Za-z0-9._-]{3,64}$",
        label=_("用户名"),
        help_text=_("3到64位字母、数字、点、横线，登录时用。"),
        error_messages={"invalid": _("用户名只能用字母、数字、点和横线，至少3位。")},
    )
    name = forms.CharField(label=_("姓名"), max_length=64)


class AppointForm(forms.Form):
    """Who, which post, where, from when."""

    username = forms.CharField(label=_("用户名"), max_length=64, help_text=_("要任命的工作人员的用户名。"))
    post = forms.ChoiceField(label=_("岗位"))
    place = forms.CharField(
        label=_("地方"), max_length=64, help_text=_("写名字、拼音首字母或区划代码，例如“牌坊”、“pf”。")
    )
    valid_from = forms.DateField(label=_("从哪天起"), widget=forms.DateInput(attrs={"data-widget": "date"}))
    valid_until = forms.DateField(
        label=_("到哪天止"),
        required=False,
        help_text=_("不填就是一直担任。"),
        widget=forms.DateInput(attrs={"data-widget": "date"}),
    )

    def __init__(self, *args: Any, posts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["post"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *posts]

    def clean(self) -> dict[str, Any]:
        """An appointment ends after it begins."""
        cleaned: dict[str, Any] = super().clean() or {}
        begins, ends = cleaned.get("valid_from"), cleaned.get("valid_until")
        if isinstance(begins, date) and isinstance(ends, date) and ends <= begins:
            self.add_error("valid_until", _("结束的日子要在开始之后。"))
        return cleaned


class TokenForm(forms.Form):
    """What another system is to do, through which appointment, where, until when."""

    name = forms.CharField(
        label=_("给哪个系统用"), max_length=40, help_text=_("系统的名字，会写进日志，例如“区医保信息平台”。")
    )
    purpose = forms.CharField(label=_("用来做什么"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    appointment = forms.ChoiceField(label=_("用哪个岗位"))
    place = forms.CharField(
        label=_("只管哪里"), max_length=64, required=False,
        help_text=_("不填就是这个岗位管的全部地方。可以写名字、拼音首字母或区划代码。"),
    )  # fmt: skip
    capabilities = forms.MultipleChoiceField(
        label=_("可以做哪些事"), widget=forms.CheckboxSelectMultiple, help_text=_("只选对方真正要用的。")
    )
    valid_until = forms.DateField(
        label=_("到哪天止"),
        help_text=_("最长一年，到期自动失效。"),
        widget=forms.DateInput(attrs={"data-widget": "date", "type": "date"}),
    )

    def __init__(
        self, *args: Any, appointments: list[tuple[str, str]], capabilities: list[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("appointment", appointments), ("capabilities", capabilities)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class AnswerForm(forms.Form):
    """Why something is refused or taken back."""

    answer = forms.CharField(
        max_length=200,
        widget=forms.Textarea,
        help_text=_("申请人会看到。"),
        error_messages={
            "required": _("请写明原因，申请人会看到。"),
            "max_length": _("说明太长了，最多200个字。"),
        },
    )

    def __init__(self, *args: Any, why: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].label = why


class JournalForm(forms.Form):
    """What an auditor looks for."""

    since = forms.DateField(
        label=_("从"), required=False, widget=forms.DateInput(attrs={"data-widget": "date", "type": "date"})
    )
    until = forms.DateField(
        label=_("到"), required=False, widget=forms.DateInput(attrs={"data-widget": "date", "type": "date"})
    )
    verb = forms.ChoiceField(label=_("做了什么"), required=False)
    place = forms.CharField(label=_("地方"), required=False, max_length=64)
    actor = forms.CharField(label=_("经办人"), required=False, max_length=64, help_text=_("姓名或用户名"))
    installation = forms.BooleanField(label=_("不属于任何地方的记录（居民登录、失败的登录）"), required=False)

    def __init__(self, *args: Any, verbs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["verb"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *verbs]
