"""How much a file may be and unpack to, and the refusals for what is more."""

from django.utils.translation import gettext as _

from liren.base.errors import Refusal

LARGEST = 200 * 1024 * 1024
LARGEST_OLD = 40 * 1024 * 1024
UNPACKED = 2 * 1024 * 1024 * 1024
"""What all parts of a book together may unpack to: a million rows of thirty columns are a third of it."""
UNPACKED_TEXTS = 512 * 1024 * 1024
THICKEST = 400
"""How many times larger a part may be than it lies in the file, above a first MEASURED; real sheets reach some 60."""
MEASURED = 16 * 1024 * 1024
MOST_COLUMNS = 256
MOST_ROWS = 2_000_000
LONGEST_CELL = 32_767
CHILD_SECONDS = 60
CHILD_BYTES = 1024 * 1024 * 1024


def broken() -> Refusal:
    """Return the refusal of a file that cannot be read to its end."""
    return Refusal(
        _("这个表格文件打不开，可能没有传完整，或另存时损坏了。请用 Excel 或 WPS 打开，另存为 .xlsx 后再传。"),
        field="file",
    )


def too_large() -> Refusal:
    """Return the refusal of a file that is, or unpacks to, too much."""
    return Refusal(_("这个表格太大。请分成几个文件，每个不超过 100 万行。"), field="file")


def bomb() -> Refusal:
    """Return the refusal of a file that unpacks to far more than a table can hold."""
    return Refusal(
        _("这个文件展开后大得不正常，已停止读取。请用 Excel 或 WPS 打开，只复制需要的内容另存后再传。"), field="file"
    )


def too_wide() -> Refusal:
    """Return the refusal of a sheet with too many columns."""
    return Refusal(_("这张表超过 %(most)s 列。请删去右边用不到的列再传。") % {"most": MOST_COLUMNS}, field="file")


def too_long() -> Refusal:
    """Return the refusal of a sheet with too many rows."""
    return Refusal(_("这张表超过 200 万行。请分成几个文件再传。"), field="file")


def locked() -> Refusal:
    """Return the refusal of a file with a password."""
    return Refusal(_("这个表格设了打开密码。请先取消密码再传。"), field="file")


def half_read() -> Refusal:
    """Return the refusal of a binary book whose cells cannot all be read: nothing is better than a part."""
    return Refusal(
        _("这个 .xlsb 文件是用别的软件存的，里面的格子读不全。请用 Excel 或 WPS 打开，另存为 .xlsx 后再传。"),
        field="file",
    )


def no_table() -> Refusal:
    """Return the refusal of a file that is no table."""
    return Refusal(_("这不是表格文件。能读的是 Excel（.xlsx、.xls）、ODS 和 CSV。"), field="file")


def empty() -> Refusal:
    """Return the refusal of a table without rows."""
    return Refusal(_("这个表格里没有内容。"), field="file")
