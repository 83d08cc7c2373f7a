"""What something is taken out of the files for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.registry.enums import Purpose
from liren.registry.forms import choice, text


class PurposeForm(forms.Form):
    """The purpose of a list or a file that leaves the house."""

    purpose = choice(_("用途"), Purpose.choices, help_text=_("会记入日志，本人也能看到。"))
    words = text(_("具体说明"), required=False, most=200, help_text=_("例如哪一项工作、给哪个单位。"))


class FileForm(PurposeForm):
    """The purpose of a file, and in which form it goes."""

    form = choice(_("怎么用"), [("paper", _("打印")), ("file", _("导出表格"))])
