"""What the library asks for: the days from which and until which a place goes by a pack."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AdoptForm(forms.Form):
    """From when, and until when if that is known."""

    valid_from = forms.DateField(label=_("从哪天起采用"))
    valid_until = forms.DateField(label=_("到哪天为止"), required=False, help_text=_("不填表示一直采用。"))

    def clean(self) -> None:
        """Refuse a period that ends before it begins."""
        super().clean()
        first, last = self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_until")
        if first and last and last <= first:
            self.add_error("valid_until", _("结束的日期要晚于开始的日期。"))


class EndForm(forms.Form):
    """The first day on which the pack no longer counts."""

    on = forms.DateField(label=_("从哪天起不再采用"))
