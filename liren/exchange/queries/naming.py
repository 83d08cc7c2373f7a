"""What an import is called where lines of files name it as their writer."""

import re
from functools import lru_cache

from django.utils.translation import gettext as _

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.exchange.models import Batch

MARK = re.compile(r"导入(\d{1,19})(撤销)?·(.*)", re.DOTALL)
HUSHED = ("矫正", "戒毒", "吸毒", "精神")
"""What no title may say beside a line that others read: that somebody is on such a list is told to named posts alone."""


def named_import(mark: str) -> tuple[str, str] | None:
    """Return of the mark of an import which list it was, and who brought it in; nothing of any other."""
    found = MARK.match(mark)
    if found is None:
        return None
    title = title_of(int(found[1]))
    if not title or any(word in title for word in HUSHED):
        return (_("撤回一份名单") if found[2] else _("一份名单")), found[3]
    return (_("撤回名单《%(title)s》") if found[2] else _("名单《%(title)s》")) % {"title": title}, found[3]


@lru_cache(maxsize=4096)
def title_of(batch: int) -> str:
    """Return what an import is called, which never changes; a resident or another community reads the title and nothing else of it."""
    with rescoped(Scope.everything()):
        return Batch.objects.filter(pk=batch).values_list("title", flat=True).first() or ""
