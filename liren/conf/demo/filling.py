"""Fill the demo: people, offices, cases; once for a data folder. And what the demo reports of them."""

import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Count, Q

from liren.base import clock
from liren.base.clock import day_of
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.demo.bringing import SHEET, bring_in
from liren.conf.demo.cases import History, Township
from liren.conf.demo.grids import divide
from liren.conf.demo.happenings import happen
from liren.conf.demo.offices import NAMES, PASSWORD, TOWNSHIP_POSTS, Desk, ask_for_tokens, fill_posts, stem
from liren.conf.demo.records import Records
from liren.conf.demo.settle import PEOPLE, SEED, TOWNSHIP, places, settle
from liren.conf.demo.sheets import FILES, write_sheets
from liren.conf.demo.story import Story, Villager
from liren.conf.demo.trying import try_out
from liren.engines.cases.models import Case
from liren.foundation.access.models import Account
from liren.foundation.places.enums import Level
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import communities, place_by_code
from liren.foundation.policies.queries.annexes import match_annex
from liren.registry.models import Person, Phone

CASES = 400
ROWS = 20_000  # of the four spreadsheets together, for the usual number of people
SHEETS = "demo-sheets"
PILOT = "牌坊"
Say = Callable[[str], None]


def fill(*, at: datetime, say: Say, people: int = PEOPLE, cases: int = CASES) -> dict[str, Any]:
    """Fill what is not filled yet, and tell each part with its seconds."""
    with applied(Scope.everything()):
        done = Account.objects.filter(username=NAMES["auditor"]).exists()
    if done:
        say("演示数据已经在了 the demo's data is there already")
        return {}
    parts: dict[str, Any] = {}

    def part(name: str, do: Callable[[], Any]) -> Any:
        begun = time.monotonic()
        made = do()
        parts[name] = round(time.monotonic() - begun, 1)
        say(f"  {name}  {parts[name]} s")
        return made

    say("演示数据 the demo's data (made up: nobody exists)")
    part("人口 population", lambda: settle(at=at, people=people))
    part("四份表格 four spreadsheets", lambda: sheets(at, people))
    desks: list[Desk] = part("岗位 posts", lambda: offices(at))
    part("网格 grids", lambda: divide(at=at))
    part("半年里的变动 half a year's events", lambda: happen(Township.of(desks, on=day_of(at)), at=at, seed=SEED))
    counted = part(f"办件 {cases} cases", lambda: history(desks, at, cases))
    part("重复和更正 duplicates and corrections", lambda: Records(desks, at, Random(SEED + 3)).make())  # noqa: S311
    part("换个口径 what if", lambda: try_out(desks, at=at))
    return {"seconds": parts, "cases": counted}


def sheets(at: datetime, people: int) -> dict[str, int]:
    """Write the spreadsheets of the township into the data folder, for trying an import; return the rows of each."""
    rows = round(ROWS * people / PEOPLE)
    return write_sheets(settings.HOME / SHEETS, places(), seed=SEED, people=people, rows=rows, on=day_of(at))


def bring_a_sheet(story: Story, at: datetime) -> str:
    """Let the officer of the township bring one of the spreadsheets in, and the head of the service centre sign with them."""
    officer, other = NAMES["civil_affairs_officer"], NAMES["service_center_head"]
    return bring_in(story, settings.HOME / SHEETS, first=officer, second=other, as_of=day_of(at))


def offices(at: datetime) -> list[Desk]:
    """Fill the posts."""
    with applied(Scope.everything()):
        desks = fill_posts(at=at)
        ask_for_tokens(desks, at=at)
        return desks


def history(desks: list[Desk], at: datetime, number: int) -> dict[str, int]:
    """Make the cases of ninety days."""
    with applied(Scope.everything()):
        people = list(Person.objects.filter(away_since=None, household__isnull=False).order_by("id")[::7])
    return History(Township.of(desks, on=day_of(at)), people, at=at, seed=SEED).make(number)


def villager() -> Villager:
    """Return who plays the villager: the first grown woman of 牌坊 at home with a phone and without an account."""
    pilot = pilot_community()
    with applied(Scope.everything()):
        people = Person.objects.filter(
            area=pilot.area,
            sex="2",
            away_since=None,
            household__size__gte=3,
            birth_on__range=("1970-01-01", "1992-12-31"),
        )
        for person in people.order_by("id")[:100]:
            phone = Phone.objects.filter(county=person.county, subject=person.pk, is_main=True).first()
            if phone and not Account.objects.filter(Q(person_id=person.pk) | Q(phone_blind=phone.number)).exists():
                number = phone.number.removeprefix("+86")
                return Villager(person.name, person.id_number or "", number, f"江宁街道 {PILOT}", person.area)
    raise LookupError("everybody in 牌坊 has an account already; begin with a new data folder")


def pilot_community() -> Place:
    """Return the pilot community in which the story plays."""
    return next(place for place in communities(place_by_code(TOWNSHIP)) if place.name.startswith(PILOT))


def actors() -> tuple[str, str, str]:
    """Return the user names of those who act in the story: the clerk, the township's officer, the head of the community."""
    name = stem(pilot_community())
    return f"{name}-{NAMES['window_clerk']}", NAMES[TOWNSHIP_POSTS[0]], f"{name}-{NAMES['community_head']}"


def journal_is_whole() -> bool:
    """Seal what has ended and verify the whole journal."""
    try:
        call_command("journal_verify")
    except (CommandError, SystemExit) as error:
        return isinstance(error, SystemExit) and not error.code
    return True


def counts() -> dict[str, int]:
    """Return how many places of each level there are, without those that exist as registered residence only."""
    names = {level.value: level.name.lower() for level in Level}
    rows = Place.objects.filter(level__lte=5, area__lt=71 * 10**13).values_list("level").annotate(n=Count("id"))
    return {names[level]: number for level, number in sorted(rows)}


def pilots() -> dict[str, dict[str, str | None]]:
    """Return the annex's communities with the codes they were matched to, and by which rule."""
    return {key: {"code": found["code"], "how": found["how"]} for key, found in match_annex().items()}


def tell(url: str, say: Say) -> None:
    """Tell who can sign in where."""
    name = stem(pilot_community())
    with applied(Scope.everything()):
        people, cases = Person.objects.count(), Case.objects.count()
    say(f"{people:,} 位居民 residents，{cases:,} 件办件 cases，{clock.today():%Y-%m-%d}")
    waiting = "、".join(file for name, file in FILES.items() if name != SHEET)
    say(f"已导入 brought in: {FILES[SHEET]}，见 see {url}desk/imports/")
    say(f"可以试着导入的表格 spreadsheets to try an import with: {settings.HOME / SHEETS}  {waiting}")
    say(f"居民 residents: {url}   验证码在 codes appear in {url}demo/tray")
    say(f"工作台 workbench: {url}desk/   密码 password: {PASSWORD}")
    for username, title in (
        (f"{name}-{NAMES['window_clerk']}", "牌坊社区 综合窗口 window clerk"),
        (f"{name}-{NAMES['community_head']}", "牌坊社区 书记主任 head of the community"),
        (f"{name}-{NAMES['grid_worker']}", "牌坊社区 网格员 grid worker"),
        (NAMES["civil_affairs_officer"], "江宁街道 民政办 civil affairs officer"),
        (NAMES["works_officer"], "江宁街道 建设管理办 works officer"),
        (NAMES["service_center_head"], "江宁街道 便民服务中心 head of the service centre"),
        (NAMES["civil_affairs_bureau_officer"], "江宁区 民政局 civil affairs bureau"),
        (NAMES["service_supervisor"], "江宁区 政务服务管理 service supervisor"),
        (NAMES["population_officer"], "江宁区 人口数据管理 population data officer"),
        (NAMES["city_population_officer"], "南京市 人口数据管理：跨区重复档案 doubles across districts"),
        (
            NAMES["system_administrator"],
            "系统管理员 system administrator（首次登录设动态口令 sets up a second factor）",
        ),
        (NAMES["security_administrator"], "安全管理员 security administrator"),
        (NAMES["auditor"], "审计员 auditor"),
    ):
        say(f"  {username:<22} {title}")
