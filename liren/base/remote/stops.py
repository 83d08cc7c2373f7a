"""Why reading stopped: codes in the child process, refusals in plain words in the house."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from liren.base.errors import Refusal

PASSING = frozenset({"unreached", "dropped", "busy", "server", "time"})
"""What may be better in a while: such a run is tried again soon."""


class Stop(Exception):  # noqa: N818  it ends the reading, and says why
    """Reading cannot go on; ``code`` is one of WORDS, ``values`` fill its words and never hold a secret."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class RemoteRefusal(Refusal):
    """A refusal of another system or of its answer; ``passing`` where trying again makes sense."""

    def __init__(self, code: str, message: str, *, field: str | None) -> None:
        super().__init__(message, field=field)
        self.code, self.passing = code, code in PASSING


WORDS: dict[str, tuple[str, Callable[[], str]]] = {
    "forbidden": ("address", lambda: _("不允许连接 %(host)s：它不在系统管理员放行的范围内。请联系系统管理员把它加进允许连接的地址。")),
    "unknown_host": ("address", lambda: _("找不到 %(host)s 这台服务器，请检查地址是否写对。")),
    "unreached": ("address", lambda: _("连不上 %(host)s：对方没有回应。请检查地址、端口和网络，或稍后再试。")),
    "dropped": ("", lambda: _("读到一半连接断了，已读的不作数。请稍后再试。")),
    "certificate": ("address", lambda: _("对方的安全证书不可信或与地址不符，没有继续连接。请让对方换上有效的证书。")),
    "password": ("password", lambda: _("用户名、密码或令牌不对，对方没有让进。")),
    "no_database": ("database", lambda: _("服务器上没有名为“%(name)s”的数据库。")),
    "no_table": ("table", lambda: _("数据库里没有这张表或视图，请检查名称（包括模式名）。")),
    "no_column": ("query", lambda: _("查询里有表中没有的列：%(said)s")),
    "denied": ("table", lambda: _("这个账号没有读取这张表的权限，请让对方授权。")),
    "syntax": ("query", lambda: _("数据库看不懂这条查询：%(said)s")),
    "writes": ("query", lambda: _("数据库报告这条查询会改动数据，已停下。这里只读取，不写入。")),
    "not_select": ("query", lambda: _("只能写一条查询（SELECT）。增、删、改、建表和几条语句连写都不可以。")),
    "unread_query": ("query", lambda: _("这条查询读不懂，请写一条普通的 SELECT。")),
    "query_long": ("query", lambda: _("查询太长，请对方建一个视图，再直接读取视图。")),
    "database": ("", lambda: _("数据库报告错误，没有读成：%(said)s")),
    "dialect": ("dialect", lambda: _("能读的数据库是 PostgreSQL、MySQL（MariaDB）和 SQLite。其他数据库请对方导出表格，或提供网络接口。")),
    "no_file": ("database", lambda: _("数据库文件“%(name)s”不在系统管理员指定的文件夹里。")),
    "not_sqlite": ("database", lambda: _("这不是 SQLite 数据库文件。")),
    "time": ("", lambda: _("超过 %(seconds)s 秒还没有读完，已停下。可以请对方提速，或只取需要的行。")),
    "memory": ("", lambda: _("对方的内容大得不正常，已停止读取。")),
    "rows": ("", lambda: _("超过 %(most)s 行，已停下。请写条件分几次取。")),
    "size": ("", lambda: _("内容超过 %(most)s MB，已停下。请只取需要的列，或分几次取。")),
    "page_size": ("", lambda: _("一次回答超过 %(most)s MB，请把每页行数调小。")),
    "pages": ("", lambda: _("翻了 %(most)s 页还没有完，已停下。请把每页行数调大。")),
    "same_page": ("", lambda: _("翻页以后得到的还是同一页，请检查翻页方式和参数名。")),
    "wide": ("", lambda: _("超过 %(most)s 列，请只取需要的列。")),
    "cell": ("", lambda: _("“%(column)s”这一列里有一格太长（超过 32767 个字），请不要取这一列。")),
    "twice": ("", lambda: _("有两列都叫“%(column)s”，请在查询里给它们各起一个名字。")),
    "no_columns": ("", lambda: _("来源里没有列。")),
    "address": ("address", lambda: _("地址不对，请填以 http:// 或 https:// 开头的完整地址，不要带用户名和密码。")),
    "header": ("headers", lambda: _("请求头“%(name)s”不能使用，或里面有不允许的字符。")),
    "redirect": ("address", lambda: _("对方把请求转到了别处（%(host)s）。为了安全没有跟过去，请直接填写最后的地址。")),
    "elsewhere": ("", lambda: _("下一页的地址在另一台服务器上（%(host)s），没有跟过去。")),
    "gone": ("address", lambda: _("对方没有这个地址（回答 %(status)s），请检查路径。")),
    "busy": ("", lambda: _("对方嫌请求太频繁（429），请稍后再试。")),
    "server": ("", lambda: _("对方的服务器出错（回答 %(status)s），请稍后再试。")),
    "status": ("address", lambda: _("对方的回答不能用（%(status)s）。")),
    "encoded": ("", lambda: _("对方压缩了回答，读不了。请让对方不要压缩。")),
    "not_json": ("", lambda: _("对方回答的不是 JSON，读不了：%(why)s")),
    "not_rows": ("rows", lambda: _("在“%(path)s”找到的不是一组行。")),
    "no_rows": ("rows", lambda: _("没有找到行。请写明行在回答的哪里，例如 data.list。")),
    "which_rows": ("rows", lambda: _("回答里有几处像是行：%(paths)s。请写明取哪一处。")),
    "child": ("", lambda: _("读取时出了意外，没有读成。请联系系统管理员查看日志。")),
}  # fmt: skip
"""For each code the field of the form that it belongs to, and its words."""

REASONS: dict[str, Callable[[], str]] = {
    "syntax": lambda: _("格式不对"),
    "constant": lambda: _("有 NaN 或 Infinity 这样的数"),
    "repeated": lambda: _("同一个名字出现了两次"),
    "deep": lambda: _("嵌套太深"),
    "text": lambda: _("里面有不是文字的内容"),
    "row": lambda: _("有一行不是一组“名称：值”"),
}


def refusal(code: str, values: dict[str, Any]) -> RemoteRefusal:
    """Return the refusal for a code."""
    field, words = WORDS.get(code, WORDS["child"])
    if "why" in values:
        values = values | {"why": REASONS.get(values["why"], REASONS["syntax"])()}
    message = words()
    return RemoteRefusal(code, message % values if "%(" in message else message, field=field or None)
