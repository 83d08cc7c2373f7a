"""The cast: the same few people in every test, at posts of one real township and its neighbours.

Ask for the fixture of a person (``paifang_clerk``) and look with ``viewer(account)``, act under ``acting(account)``, or browse
with ``sign_in(client, account)``. Posts are the pack's when it is loaded, else the few that are written here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.test import Client

from liren.base import clock
from liren.base.ids import new_id
from liren.base.rows import applied, apply
from liren.base.scopes import Scope
from liren.foundation.access.actions import store_posts
from liren.foundation.access.models import Account, Appointment, Post
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import PostDefinition, Viewer
from liren.foundation.access.rules.tries import HOLDER, SECOND_FACTOR
from liren.foundation.places.rules import COMMUNITY, COUNTY, TOWNSHIP

CHINA = timezone(timedelta(hours=8))
NOON = datetime(2026, 9, 3, 12, 0, tzinfo=CHINA)
"""A Thursday without holidays around it."""

NANJING = 320100_000_000_000
"""南京市."""
JIANGNING_DISTRICT = 320115_000_000_000
JIANGNING = 320115006_000_000
"""江宁街道."""
PAIFANG = 320115006205_000
"""牌坊社区."""
TIANRAN = 320115006208_000
"""天然社区, beside it."""
DONGSHAN = 320115001_000_000
"""东山街道, the neighbouring township."""

PASSWORD = "里仁为美-2026"
"""The password of everybody in the cast who has one."""

_CASES = ("take_in", "submit", "accept", "return_once", "refuse", "handle", "ask_applicant", "hand_over", "finish",
          "withdraw", "rate", "answer_rating", "view")  # fmt: skip
_REGISTRY = ("registry.view", "registry.edit", "registry.unmask")
_SEEN = ("places.view", "policies.view", "commons.view_files", "commons.upload_files", "commons.read_messages")


def _cases(*more: str) -> list[str]:
    return [f"cases.{verb}" for verb in (*_CASES, *more)]


POSTS = (
    PostDefinition(
        code="resident", title="居民", level=COMMUNITY,
        capabilities=["cases.submit", "cases.view", "cases.withdraw", "cases.rate", *_SEEN[3:]],
    ),
    PostDefinition(
        code="window_clerk", title="综合窗口工作人员", level=COMMUNITY,
        capabilities=[*_cases(), *_REGISTRY, "access.link_account", *_SEEN],
    ),
    PostDefinition(
        code="civil_affairs_officer", title="民政办工作人员", level=TOWNSHIP,
        capabilities=[*_cases("extend", "decide"), "registry.view", "registry.unmask", *_SEEN],
    ),
    PostDefinition(
        code="service_supervisor", title="政务服务管理工作人员", level=COUNTY,
        capabilities=["cases.view", "cases.hand_over", "cases.reopen", "cases.answer_rating", "policies.adopt", *_SEEN[:2]],
    ),
    PostDefinition(
        code="system_administrator", title="系统管理员", level=COUNTY, totp_required=True,
        capabilities=["access.manage_accounts", *_SEEN[:2]], incompatible_with=["security_administrator", "auditor"],
    ),
    PostDefinition(
        code="security_administrator", title="安全管理员", level=COUNTY, totp_required=True,
        capabilities=["access.appoint", "access.manage_posts", "access.unlock", *_SEEN[:2]],
        incompatible_with=["system_administrator", "auditor"],
    ),
    PostDefinition(
        code="auditor", title="审计员", level=COUNTY, totp_required=True,
        capabilities=["access.read_journal", "access.verify_journal"],
        incompatible_with=["system_administrator", "security_administrator"],
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Role:
    """A member of the cast who sits at a desk."""

    username: str
    name: str
    post: str
    level: int
    area: int
    place: str


PAIFANG_CLERK = Role("paifang", "陶晓燕", "window_clerk", COMMUNITY, PAIFANG, "牌坊社区")
TIANRAN_CLERK = Role("tianran", "戴国强", "window_clerk", COMMUNITY, TIANRAN, "天然社区")
CIVIL_AFFAIRS = Role("minzheng", "周敏", "civil_affairs_officer", TOWNSHIP, JIANGNING, "江宁街道")
NEIGHBOUR_CIVIL_AFFAIRS = Role("dongshan", "沈洁", "civil_affairs_officer", TOWNSHIP, DONGSHAN, "东山街道")
SUPERVISOR = Role("dudao", "高峰", "service_supervisor", COUNTY, JIANGNING_DISTRICT, "江宁区")
SYSTEM_ADMINISTRATOR = Role("xitong", "钱进", "system_administrator", COUNTY, JIANGNING_DISTRICT, "江宁区")
SECURITY_ADMINISTRATOR = Role("anquan", "何静", "security_administrator", COUNTY, JIANGNING_DISTRICT, "江宁区")
AUDITOR = Role("shenji", "孙正", "auditor", COUNTY, JIANGNING_DISTRICT, "江宁区")

VILLAGER_PHONE = "+8615490000001"
OTHER_VILLAGER_PHONE = "+8615490000002"


def posts() -> None:
    """Put posts in force: the pack's when it is loaded, else those written here."""
    missing = [post for post in POSTS if not Post.objects.filter(code=post.code).exists()]
    if missing:
        store_posts(missing, by=Viewer.system("testing"), at=NOON)


@lru_cache(maxsize=1)
def _hashed() -> str:
    return make_password(PASSWORD)  # once a run: it is made to be slow


def staff(role: Role) -> Account:
    """Return the account of a member of the cast, appointed since the beginning of 2026."""
    posts()
    found = Account.objects.filter(username=role.username).first()
    if found is not None:
        return found
    account = Account(username=role.username, name=role.name, home_area=role.area, created_at=NOON, password=_hashed())
    account.save()
    hold(account, role)
    return account


def hold(account: Account, role: Role, *, since: date = date(2026, 1, 1), until: date | None = None) -> Appointment:
    """Let an account hold one more post."""
    return Appointment.objects.create(
        account=account,
        post_id=role.post,
        level=role.level,
        area=role.area,
        place=role.place,
        valid_from=since,
        valid_until=until,
    )


def resident(phone: str, name: str, *, person_id: int = 0, person_area: int = PAIFANG) -> Account:
    """Return the account of a resident, linked to a person when ``person_id`` says so."""
    posts()
    account = Account(name=name, phone=phone, phone_blind=phone, created_at=NOON)
    if person_id:
        account.person_id, account.person_area = person_id, person_area
    account.set_unusable_password()
    account.save()
    return account


def viewer(account: Account, *, second_factor: bool = True, seat: int = 0, on: date | None = None) -> Viewer:
    """Return an account as a viewer, today unless ``on`` says otherwise."""
    found = account_with_seats(account.pk, on=on or clock.today(), second_factor=second_factor)
    assert found is not None, "the account is closed"
    return found[1].at_seat(seat)


@contextmanager
def acting(account: Account, **how: Any) -> Iterator[Viewer]:
    """Open a transaction under the scope of an account and return its viewer."""
    who = viewer(account, **how)
    with applied(who.scope):
        yield who


@contextmanager
def everywhere() -> Iterator[Viewer]:
    """Open a transaction that sees every row, to prepare and to look."""
    with applied(Scope.everything()):
        yield Viewer.system("testing")


def sign_in(client: Client, account: Account, *, second_factor: bool = True) -> None:
    """Give a test client the session of an account, without the pages of signing in."""
    session = client.session
    session.flush()
    session = client.session
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[HOLDER] = "staff" if account.is_staff_account else "resident"
    if second_factor and account.is_staff_account:
        session[SECOND_FACTOR] = int(clock.now().timestamp())
    session.save()
    client.cookies["sessionid"] = str(session.session_key)


def sought(client: Client, typed: str) -> Any:
    """Return the API's answer to a search for people."""
    return client.post("/api/v1/registry/people/search", {"q": typed}, content_type="application/json")


def widen() -> None:
    """Let the transaction of a plain ``db`` test see every row."""
    apply(Scope.everything())


@pytest.fixture
def paifang_clerk(db: None) -> Account:
    """Return the clerk at the window of 牌坊社区."""
    return staff(PAIFANG_CLERK)


@pytest.fixture
def tianran_clerk(db: None) -> Account:
    """Return the clerk of the neighbouring community."""
    return staff(TIANRAN_CLERK)


@pytest.fixture
def civil_affairs_officer(db: None) -> Account:
    """Return the civil affairs officer of 江宁街道."""
    return staff(CIVIL_AFFAIRS)


@pytest.fixture
def neighbour_officer(db: None) -> Account:
    """Return the civil affairs officer of the neighbouring township."""
    return staff(NEIGHBOUR_CIVIL_AFFAIRS)


@pytest.fixture
def supervisor(db: None) -> Account:
    """Return the supervisor of the district."""
    return staff(SUPERVISOR)


@pytest.fixture
def system_administrator(db: None) -> Account:
    """Return the officer who keeps accounts."""
    return staff(SYSTEM_ADMINISTRATOR)


@pytest.fixture
def security_administrator(db: None) -> Account:
    """Return the officer who appoints."""
    return staff(SECURITY_ADMINISTRATOR)


@pytest.fixture
def auditor(db: None) -> Account:
    """Return the officer who reads the journal."""
    return staff(AUDITOR)


@pytest.fixture
def villager(db: None) -> Account:
    """Return a resident of 牌坊社区 whose account is linked to a person (an id that no registry row has)."""
    return resident(VILLAGER_PHONE, "王阿婆", person_id=new_id())


@pytest.fixture
def other_villager(db: None) -> Account:
    """Return another resident, not linked yet."""
    return resident(OTHER_VILLAGER_PHONE, "小李")
