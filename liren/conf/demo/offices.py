"""The demo's offices: somebody at every post of every community, of the township and of the district."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from liren.base.clock import day_of
from liren.base.names import name_keys
from liren.conf.demo.people import MEN, SURNAMES, WOMEN
from liren.conf.demo.settle import TOWNSHIP, shown
from liren.foundation.access.actions import allow_token, appoint, ask_token
from liren.foundation.access.models import Account, Appointment, Post, Token
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import Viewer
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import communities, place_by_code

PASSWORD = "里仁为美-2026"  # noqa: S105  of made-up people on a demo machine
SINCE = date(2026, 1, 1)
COMMUNITY_POSTS = ("window_clerk", "community_head", "grid_worker")
TOWNSHIP_POSTS = ("civil_affairs_officer", "service_center_head", "works_officer")
DISTRICT_POSTS = (
    "civil_affairs_bureau_officer", "service_supervisor", "population_officer", "system_administrator", "security_administrator",
    "auditor",
)  # fmt: skip
POSTS_ABOVE = ("city_population_officer", "province_population_officer")
SYSTEMS = (
    ("区医保信息平台", "参保扩面，核对本区居民", ["registry.view", "registry.lists"], 3),
    ("区教育局学籍系统", "核对适龄儿童", ["registry.lists", "registry.figures"], 1),
)
NAMES = {
    "window_clerk": "chuangkou", "community_head": "shuji", "grid_worker": "wangge", "civil_affairs_officer": "minzheng",
    "service_center_head": "bianmin", "works_officer": "jianshe", "civil_affairs_bureau_officer": "minzhengju",
    "service_supervisor": "dudao", "population_officer": "renkou", "city_population_officer": "renkou-shi",
    "province_population_officer": "renkou-sheng", "system_administrator": "xitong", "security_administrator": "anquan", "auditor": "shenji",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody of the demo at a post."""

    username: str
    name: str
    title: str
    post: str
    place: str
    area: int
    level: int
    account_id: int
    second_factor: bool


def fill_posts(*, at: datetime) -> list[Desk]:
    """Open accounts and fill every post; the password of all is ``PASSWORD``."""
    township = place_by_code(TOWNSHIP)
    district = place_by_code(TOWNSHIP[:6])
    dice = Random(TOWNSHIP)  # noqa: S311
    posts = {post.code: post for post in Post.objects.all()}
    wanted = [(post, district, district.name, NAMES[post]) for post in DISTRICT_POSTS]
    for post, digits in zip(POSTS_ABOVE, (4, 2), strict=True):
        above = place_by_code(TOWNSHIP[:digits])
        wanted.append((post, above, above.name, NAMES[post]))
    wanted += [(post, township, township.name, NAMES[post]) for post in TOWNSHIP_POSTS]
    for place in communities(township):
        wanted += [(post, place, place.name, f"{stem(place)}-{NAMES[post]}") for post in COMMUNITY_POSTS]
    password = make_password(PASSWORD)  # once for all: to make one is meant to be slow
    return [
        seat(posts[post], place, words, username, dice, at=at, password=password)
        for post, place, words, username in wanted
    ]


def ask_for_tokens(desks: list[Desk], *, at: datetime) -> list[Token]:
    """Let the district's population officer ask for two other systems: one is approved and waits to be collected, one waits for approval."""
    by, officer = (_viewer(desks, post, at) for post in ("population_officer", "security_administrator"))
    through = Appointment.objects.select_related("post").get(account_id=by.account_id)
    asked = [
        ask_token(
            by=by, at=at - timedelta(days=days), appointment=through, name=name, purpose=purpose, level=through.level, area=through.area,
            place=through.place, capabilities=capabilities, valid_until=day_of(at) + timedelta(days=180),
        )
        for name, purpose, capabilities, days in SYSTEMS
    ]  # fmt: skip
    allow_token(by=officer, at=at - timedelta(days=2), token=asked[0])
    return asked


def _viewer(desks: list[Desk], post: str, at: datetime) -> Viewer:
    found = account_with_seats(
        next(one.account_id for one in desks if one.post == post), on=day_of(at), second_factor=True
    )
    assert found is not None
    return found[1]


def stem(place: Place) -> str:
    """Return the pinyin of a community's name, for user names."""
    return name_keys(shown(place)).sort.replace(" ", "")


def seat(post: Post, place: Place, words: str, username: str, dice: Random, *, at: datetime, password: str) -> Desk:
    """Open one account and appoint it."""
    name = dice.choice(SURNAMES[:40]) + "".join(dice.sample(dice.choice((MEN, WOMEN)), 2))
    account = Account(username=username, name=name, password=password, home_area=place.area, created_at=at)
    account.save(force_insert=True)
    appoint(
        account=account,
        post=post,
        level=post.level,
        area=place.area,
        place=words,
        valid_from=SINCE,
        by=Viewer.system("演示"),
        at=at,
    )
    return Desk(username, name, post.title, post.code, words, place.area, post.level, account.pk, post.totp_required)
