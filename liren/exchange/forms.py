"""Forms of the imports."""

from typing import Any

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
