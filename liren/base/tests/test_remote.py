"""Other systems are read page by page and row by row, never written, never waited for without end, and only where the operator allows."""

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import pymysql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liren.base.remote import Api, Database, Limits, Paging, PagingStyle, read
from liren.base.remote.answers import flat, parsed, rows_at
from liren.base.remote.child import plain
from liren.base.remote.databases import address_of, told
from liren.base.remote.reach import Reach
from liren.base.remote.reading import Remote
from liren.base.remote.selecting import single_select
from liren.base.remote.stops import RemoteRefusal, Stop
from liren.testing.mysql import Server, mysql_running
from liren.testing.remote import PASSWORD, Answers, Asked, Reply, http_server, other_database

T = TypeVar("T")
HERE = "127.0.0.0/8"
QUICK = Limits(seconds=20)
PEOPLE = [{"xm": f"人{n}", "sfzh": f"99011519500101{n:03d}0", "nl": n} for n in range(7)]


@pytest.fixture(scope="module")
def there() -> Iterator[Answers]:
    with http_server() as made:
        yield made


@pytest.fixture(scope="module")
def other() -> Iterator[Database]:
    with other_database(
        "CREATE TABLE people (xm text, csrq date, je numeric(8,2), zc boolean, bz jsonb, tp bytea, at timestamptz, nl double precision)",
        "CREATE TABLE big (n integer)",
        "CREATE FUNCTION sneaky() RETURNS integer LANGUAGE sql AS 'INSERT INTO big VALUES (0) RETURNING n'",
        rows=[
            ("INSERT INTO people VALUES ('张三', '1950-01-31', 320.50, true, '{\"a\": [1]}', '\\x00', '2026-01-02 03:04:05+08', 3), ('李\n四', null, null, null, null, null, null, 1.5)", ()),
            ("INSERT INTO big SELECT generate_series(1, 30000)", ()),
        ],
    ) as made:  # fmt: skip
        yield made


def json_of(value: Any, **headers: str) -> Reply:
    return 200, {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}, json.dumps(value).encode()  # fmt: skip


def all_of(remote: Remote, *, reach: str = HERE, limits: Limits = QUICK) -> tuple[list[str], list[list[str | None]]]:
    found = read(remote, reach=reach, limits=limits)
    rows = list(found)
    return found.heads, rows


def refused(remote: Remote, *, reach: str = HERE, limits: Limits = QUICK) -> str:
    with pytest.raises(RemoteRefusal) as caught:
        all_of(remote, reach=reach, limits=limits)
    assert PASSWORD not in caught.value.message
    return caught.value.message


def with_query(there: Database, query: str) -> Database:
    return replace(there, query=query)


def with_table(there: Database, table: str, **more: Any) -> Database:
    return replace(there, table=table, **more)


# where one may go


@pytest.mark.parametrize(
    ("address", "setting", "fine"),
    [
        ("8.8.8.8", "public", True), ("8.8.8.8", "", False), ("8.8.8.8", "8.8.8.0/24", True), ("10.1.2.3", "public", False), ("10.1.2.3", "public,10.1.0.0/16", True),
        ("192.168.1.1", "10.0.0.0/8", False), ("127.0.0.1", "public", False), ("127.0.0.1", "0.0.0.0/0", False), ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "db.example.cn", False), ("10.9.9.9", "db.example.cn", True), ("10.9.9.9", "*.example.cn", True), ("10.9.9.9", "example.cn", False),
        ("169.254.169.254", "0.0.0.0/0,db.example.cn,169.254.169.254/32", False), ("100.100.100.200", "100.64.0.0/10", False), ("100.64.1.1", "100.64.0.0/10", True),
        ("0.0.0.0", "0.0.0.0/0", False), ("224.0.0.1", "0.0.0.0/0", False), ("::1", "::/0", False), ("::1", "::1/128", True), ("fe80::1", "::/0", False),
        ("::ffff:127.0.0.1", "::/0,public", False), ("::ffff:10.1.2.3", "public", False), ("::ffff:8.8.8.8", "public", True), ("64:ff9b::7f00:1", "public", False),
        ("2002:7f00:1::", "public", False), ("2001:0:1::", "public", False), ("fd00:ec2::254", "fd00::/8", False), ("fd12::1", "public", False), ("2400:3200::1", "public", True),
    ],
)  # fmt: skip
def test_an_address_is_reached_only_when_the_operator_allows_it(address: str, setting: str, fine: bool) -> None:
    assert Reach.read(setting).allows(ip_address(address), "db.example.cn") is fine


def test_a_name_that_means_this_machine_is_refused_before_anything_is_sent(there: Answers) -> None:
    there.routes["/x"] = lambda _asked: json_of([])
    before = len(there.asked)

    assert "不允许连接 localhost" in refused(Api(f"http://localhost:{there.port}/x"), reach="public")
    assert "不允许连接" in refused(Api("http://169.254.169.254/latest/meta-data"), reach="public,0.0.0.0/0")
    assert "不允许连接" in refused(Database("postgresql", "127.0.0.1", 5432, "x", "y", "z", table="t"), reach="public")
    assert "不允许连接" in refused(Database("postgresql", "/tmp", 5432, "x", "y", "z", table="t"))
    assert "找不到" in refused(Api("http://nowhere.invalid/x"), reach="public")
    assert len(there.asked) == before


# HTTP


def test_pages_by_number_come_in_order_with_the_token(there: Answers) -> None:
    def people(asked: Asked) -> Reply:
        if asked.headers.get("x-token") != "secret":
            return 401, {}, b""
        page, size = int(asked.query["pageNum"]), int(asked.query["pageSize"])
        return json_of({"code": 0, "data": {"list": PEOPLE[(page - 1) * size : page * size], "total": 7}})

    there.routes["/people"] = people
    there.asked.clear()
    paging = Paging(PagingStyle.PAGE, "pageNum", 1, "pageSize", 3)

    heads, rows = all_of(Api(there.address("/people?kind=1"), {"X-Token": "secret"}, "data.list", paging))

    assert heads == ["xm", "sfzh", "nl"]
    assert [row[0] for row in rows] == [f"人{n}" for n in range(7)]
    assert [one.query for one in there.asked] == [{"kind": "1", "pageNum": str(n), "pageSize": "3"} for n in (1, 2, 3)]
    assert "令牌不对" in refused(Api(there.address("/people"), {"X-Token": "wrong"}, "data.list", paging))


def test_pages_by_offset_by_cursor_and_by_next_address(there: Answers) -> None:
    there.routes["/offset"] = lambda asked: json_of(PEOPLE[int(asked.query["skip"]) :][:4])
    there.routes["/cursor"] = lambda asked: json_of(
        {"items": PEOPLE[int(asked.query.get("after", 0)) :][:2], "meta": {"next": n if (n := int(asked.query.get("after", 0)) + 2) < 7 else None}}
    )  # fmt: skip
    there.routes["/next"] = lambda asked: json_of(
        {"rows": PEOPLE[int(asked.query.get("p", 0)) * 5 :][:5], "next": "/next?p=1" if not asked.query else ""}
    )
    there.routes["/linked"] = lambda asked: json_of(
        PEOPLE[int(asked.query.get("p", 0)) * 5 :][:5],
        **({"Link": f'<{there.address("/linked?p=0")}>; rel="first", </linked?p=1>; rel="next"'} if not asked.query else {}),
    )  # fmt: skip

    for remote in (
        Api(there.address("/offset"), {}, "", Paging(PagingStyle.OFFSET, "skip", 0)),
        Api(there.address("/cursor"), {}, "items", Paging(PagingStyle.CURSOR, "after", path="meta.next")),
        Api(there.address("/next"), {}, "", Paging(PagingStyle.NEXT, path="next")),
        Api(there.address("/linked"), {}, "", Paging(PagingStyle.NEXT)),
    ):
        _heads, rows = all_of(remote)
        assert [row[2] for row in rows] == [str(n) for n in range(7)], remote


def test_what_lies_deeper_and_what_comes_later_becomes_columns(there: Answers) -> None:
    there.routes["/deep"] = lambda _asked: json_of([
        {"id": 320115195001010012, "who": {"name": "张三", "phones": ["15490000001", "15490000002"]}, "ok": True, "n": None},
        {"id": 2, "more": [{"a": 1}], "x": 3.20115e17},
    ])  # fmt: skip

    heads, rows = all_of(Api(there.address("/deep")))

    assert heads == ["id", "who.name", "who.phones", "ok", "n", "more", "x"]
    assert rows == [
        ["320115195001010012", "张三", "15490000001、15490000002", "是", None],
        ["2", None, None, None, None, '[{"a": "1"}]', "3.20115e+17"],
    ]


def test_an_answer_that_cannot_be_used_says_why(there: Answers) -> None:
    bad: dict[str, tuple[Reply, str]] = {
        "/html": ((200, {}, "<html>请登录</html>".encode()), "不是 JSON"),
        "/nan": ((200, {}, b'[{"a": NaN}]'), "NaN"),
        "/twice": ((200, {}, b'[{"a": 1, "a": 2}]'), "出现了两次"),
        "/half": ((200, {}, b'[{"a": "\xff"}]'), "不是文字"),
        "/lone": ((200, {}, b'[{"a": "\\ud800"}]'), "不是文字"),
        "/words": (json_of(["张三"]), "名称：值"),
        "/none": (json_of({"code": 0}), "没有找到行"),
        "/two": (json_of({"a": [{"x": 1}], "b": {"c": [{"x": 1}]}}), "a、b.c"),
        "/deepest": ((200, {}, b"[" * 200_000), "嵌套太深"),
        "/auth": ((401, {}, b""), "令牌不对"),
        "/lost": ((404, {}, b""), "没有这个地址"),
        "/away": ((302, {"Location": "http://127.0.0.1:22/"}, b""), "转到了别处（127.0.0.1）"),
        "/cloud": ((301, {"Location": "http://169.254.169.254/latest"}, b""), "转到了别处（169.254.169.254）"),
        "/packed": ((200, {"Content-Encoding": "gzip"}, b"x"), "压缩"),
        "/teapot": ((418, {}, b""), "418"),
        "/wide": (json_of([{f"c{n}": 1 for n in range(300)}]), "256 列"),
        "/cell": (json_of([{"a": "x" * 40_000}]), "太长"),
    }
    for path, (reply, words) in bad.items():
        there.routes[path] = lambda _asked, reply=reply: reply  # type: ignore[misc]
        assert words in refused(Api(there.address(path))), path
    assert "没有这个地址" not in refused(Api(there.address("/none"), {}, "data.list"))


def test_pages_without_end_other_machines_and_tired_servers_are_left(there: Answers) -> None:
    there.routes["/same"] = lambda _asked: json_of(PEOPLE)
    there.routes["/elsewhere"] = lambda _asked: json_of({"rows": PEOPLE, "next": "http://169.254.169.254/"})
    there.routes["/circle"] = lambda _asked: json_of({"rows": PEOPLE, "next": "/circle"})
    turns: list[int] = []

    def tired(_asked: Asked) -> Reply:
        turns.append(1)
        return (503, {}, b"") if len(turns) < 3 else json_of(PEOPLE)

    there.routes["/tired"] = tired

    assert "还是同一页" in refused(Api(there.address("/same"), {}, "", Paging(PagingStyle.PAGE, "page")))
    assert "另一台服务器" in refused(
        Api(there.address("/elsewhere"), {}, "rows", Paging(PagingStyle.NEXT, path="next"))
    )
    assert "还是同一页" in refused(Api(there.address("/circle"), {}, "rows", Paging(PagingStyle.NEXT, path="next")))
    assert len(all_of(Api(there.address("/tired")))[1]) == 7


def test_a_slow_and_a_huge_answer_end_in_time(there: Answers) -> None:
    def slow(_asked: Asked) -> Reply:
        time.sleep(8)
        return json_of(PEOPLE)

    there.routes["/slow"] = slow
    there.routes["/huge"] = lambda _asked: (200, {}, b'[{"a":"' + b"x" * (33 * 2**20) + b'"}]')
    began = time.monotonic()

    assert "超过 2 秒" in refused(Api(there.address("/slow")), limits=Limits(seconds=2))
    assert "超过 32 MB" in refused(Api(there.address("/huge")))
    assert time.monotonic() - began < 8
    there.routes["/many"] = lambda asked: json_of([{"n": int(asked.query["page"]), "a": "x" * 1000}] * 50)
    many = Api(there.address("/many"), {}, "", Paging(PagingStyle.PAGE, "page"))
    assert "超过 200 行" in refused(many, limits=Limits(rows=200, seconds=20))
    assert "超过 1 MB" in refused(many, limits=Limits(size=2**20, seconds=20))
    assert len(all_of(many, limits=Limits(rows=70, seconds=20, stops=True))[1]) == 70


@pytest.mark.parametrize("address", ["ftp://a/b", "http://", "http://u:p@example.cn/", "example.cn", "http://a b/", "http://例え\u0000/", "http://a:99999/", ""])  # fmt: skip
def test_an_address_that_is_none_is_refused(address: str) -> None:
    assert "地址不对" in refused(Api(address), reach="public")


@pytest.mark.parametrize(("name", "value"), [("Host", "x"), ("X-A", "a\r\nB: c"), ("Accept-Encoding", "gzip"), ("a b", "x"), ("", "x"), ("X", "中文")])  # fmt: skip
def test_a_header_of_the_connection_is_refused(there: Answers, name: str, value: str) -> None:
    assert "请求头" in refused(Api(there.address("/x"), {name: value}))


def stopped(act: Callable[[], T], *codes: str) -> T | None:
    """Do something that may stop for one of some reasons, and for no other."""
    found: list[T] = []
    try:
        found.append(act())
    except Stop as stop:
        code = stop.code
    else:
        return found[0]
    assert code in codes
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**4000, 10**4001) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(JSON | st.lists(st.dictionaries(st.text(max_size=6), JSON, max_size=5), max_size=5))
@settings(max_examples=300, deadline=2000)
def test_whatever_json_comes_becomes_cells_or_a_plain_refusal(value: Any) -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    body = json.dumps(value).encode()
    sys.set_int_max_str_digits(before)

    def cells() -> list[str | None]:
        return [plain(cell, name) for record in rows_at(parsed(body), "") for name, cell in flat(record)]

    found = stopped(cells, "not_json", "no_rows", "which_rows", "cell")
    assert all(cell is None or len(cell) <= 32_767 for cell in found or ())


@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(str.encode)
    | st.from_regex(rb'[\[\]{}",:0-9eE.+\-aNn ]{0,80}', fullmatch=True)
)
@settings(max_examples=300, deadline=2000)
def test_whatever_bytes_come_are_read_or_refused(body: bytes) -> None:
    stopped(lambda: rows_at(parsed(body), "data.list"), "not_json", "not_rows")


# databases


def test_a_table_and_a_query_are_read_as_texts(other: Database) -> None:
    heads, rows = all_of(with_table(other, "public.people"))

    assert heads == ["xm", "csrq", "je", "zc", "bz", "tp", "at", "nl"]
    assert rows[0][:6] == ["张三", "1950-01-31", "320.50", "是", '{"a": [1]}', None]
    assert rows[0][7] == "3"
    assert rows[1] == ["李 四", *[None] * 6, "1.5"]
    query = "SELECT xm AS 姓名 FROM people WHERE xm LIKE '%张%' AND '12:30' <> ':x' -- 只要姓张的"
    assert all_of(with_query(other, query)) == (["姓名"], [["张三"]])
    assert len(all_of(with_table(other, "big"))[1]) == 30_000


def test_what_a_database_refuses_is_said_in_words_and_without_secrets(other: Database) -> None:
    assert "没有这张表" in refused(with_table(other, "nobody"))
    assert "没有这张表" in refused(with_table(other, 'people"; DROP TABLE people; --'))
    assert "密码" in refused(with_table(other, "people", password="wrong"))
    assert "密码" in refused(with_table(other, "people", user="nobody"))
    assert "没有名为“nothing”的数据库" in refused(with_table(other, "people", database="nothing"))
    assert "没有的列" in refused(with_query(other, "SELECT ssn FROM people"))
    assert "超过 1 秒" in refused(with_query(other, "SELECT pg_sleep(9)"), limits=Limits(seconds=1))
    assert "超过 100 行" in refused(with_table(other, "big"), limits=Limits(rows=100))
    assert "连不上" in refused(with_table(other, "people", port=1))
    assert "起一个名字" in refused(with_query(other, "SELECT xm, xm FROM people"))


def test_a_database_is_never_written(other: Database) -> None:
    for query in (
        "DELETE FROM people", "SELECT 1; DROP TABLE people", "WITH x AS (INSERT INTO big VALUES (1) RETURNING n) SELECT * FROM x", "SELECT * INTO y FROM people",
        "SELECT * FROM people FOR UPDATE", "COPY people TO '/tmp/x'", "CALL x()", "DO $$ BEGIN END $$", "EXPLAIN SELECT 1", "SET ROLE postgres", "",
    ):  # fmt: skip
        message = refused(with_query(other, query))
        assert "只能写一条查询" in message or "没有这张表" in message, query
    assert "会改动数据" in refused(with_query(other, "SELECT sneaky()"))
    assert all_of(with_query(other, "SELECT count(*) FROM big"))[1] == [["30000"]]
    assert len(all_of(with_table(other, "people"))[1]) == 2


def test_a_sqlite_file_is_read_only_inside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    for path in (folder / "old.db", tmp_path / "outside.db"):
        with sqlite3.connect(path) as made:
            made.execute("CREATE TABLE 人员 (姓名 TEXT, 年龄 INTEGER)")
            made.execute("INSERT INTO 人员 VALUES ('张三', 76)")
        made.close()
    (folder / "x.txt").write_text("no database")
    (folder / "link.db").symlink_to(tmp_path / "outside.db")

    def sqlite(file: str, *, table: str = "", query: str = "") -> Database:
        return Database("sqlite", database=file, folder=str(folder), table=table, query=query)

    assert all_of(sqlite("old.db", table="人员")) == (["姓名", "年龄"], [["张三", "76"]])
    assert all_of(sqlite("old.db", query="SELECT 姓名 FROM 人员 WHERE 年龄 > 70"))[1] == [["张三"]]
    for file in ("../outside.db", "link.db", str(tmp_path / "outside.db"), "missing.db", ""):
        assert "不在系统管理员指定的文件夹里" in refused(sqlite(file, table="人员")), file
    assert "不是 SQLite" in refused(sqlite("x.txt", table="人员"))
    assert "没有这张表" in refused(sqlite("old.db", table="别的"))
    assert "会改动数据" in refused(sqlite("old.db", query="SELECT load_extension('x'), * FROM pragma_database_list"))


@pytest.fixture(scope="module")
def mysql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with mysql_running(tmp_path_factory.mktemp("mysql")) as server:
        yield server


def test_a_mysql_table_is_read_and_never_written(mysql_server: Server) -> None:
    name, password, port = mysql_server.user, mysql_server.password, mysql_server.port
    there = Database("mysql", "127.0.0.1", port, "liren_test", name, password)
    made = pymysql.connect(
        host="127.0.0.1", port=port, user=name, password=password, database="liren_test", autocommit=True
    )
    with made, made.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE people (xm varchar(40), csrq date, je decimal(8,2), at datetime)")
        cursor.execute(
            "INSERT INTO people VALUES ('张三', '1950-01-31', 320.5, '2026-01-02 03:04:05'), ('李四', NULL, NULL, NULL)"
        )
        cursor.execute(
            "CREATE OR REPLACE FUNCTION sneaky() RETURNS int MODIFIES SQL DATA BEGIN DELETE FROM people; RETURN 1; END"
        )

    heads, rows = all_of(replace(there, table="people"))

    assert heads == ["xm", "csrq", "je", "at"]
    assert rows == [["张三", "1950-01-31", "320.50", "2026-01-02 03:04:05"], ["李四", None, None, None]]
    assert all_of(replace(there, query="SELECT xm FROM people WHERE xm LIKE '%张%'"))[1] == [["张三"]]
    assert "会改动数据" in refused(replace(there, query="SELECT sneaky()"))
    assert "没有这张表" in refused(replace(there, table="nobody"))
    assert "密码" in refused(replace(there, table="people", password="wrong"))
    assert "超过 1 秒" in refused(replace(there, query="SELECT SLEEP(5), xm FROM people"), limits=Limits(seconds=1))
    assert len(all_of(replace(there, table="people"))[1]) == 2


def test_a_mysql_address_is_built_for_its_pure_driver() -> None:
    made = address_of(Database("mysql", "db.example.cn", 0, "renkou", "du", "p@ss:/w", table="t"))

    assert made.render_as_string(hide_password=False) == "mysql+pymysql://du:p%40ss%3A%2Fw@db.example.cn:3306/renkou"
    assert "p%40ss" not in str(made)
    spec = Database("mysql", "h", user="du", password="p@ss")
    for number, code in (
        (1045, "password"),
        (1146, "no_table"),
        (3024, "time"),
        (2003, "unreached"),
        (9999, "database"),
    ):
        assert told(Exception(number, "Access denied for 'du' p@ss"), spec).code == code
    assert told(Exception(9999, "du p@ss"), spec).values["said"] == "*** ***"


@given(st.text(max_size=80) | st.sampled_from(["SELECT", "select 1;;", "select (((", "with recursive"]))
@settings(max_examples=150, deadline=2000)
def test_no_text_but_a_select_comes_through(text: str) -> None:
    found = stopped(lambda: single_select(text, "postgresql"), "not_select", "unread_query", "query_long")

    assert found is None or found.lstrip("(").upper().startswith(("SELECT", "WITH"))
