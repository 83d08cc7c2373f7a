"""In which form somebody's file leaves the house."""

from django.utils.translation import gettext_lazy as _

from liren.base.giving import PurposeForm
from liren.registry.forms import choice


class FileForm(PurposeForm):
    """The purpose of a file, and in which form it goes."""

    form = choice(_("怎么用"), [("paper", _("打印")), ("file", _("导出表格"))])
