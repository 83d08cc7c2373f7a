"""A village in which everything exists once: 王秀英 of 牌坊社区 with her file and her cases in every state, neighbours, desks.

Tests that try every door (``tests/house``) or look at every page (``tests/journeys``) need something behind each of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from liren.base import clock
from liren.base.clock import day_of
from liren.base.uploads import PDF, Upload
from liren.engines.cases import actions, queries
from liren.engines.cases.enums import State
from liren.engines.cases.models import Case
from liren.engines.cases.rules.routing import Desk
from liren.exchange.actions.batches import keep_table, open_batch
from liren.exchange.actions.fetching import begin_run, fail_run
from liren.exchange.actions.sources import SourceGiven, map_feed, open_feed
from liren.exchange.models import Batch, Feed, FeedRun
from liren.foundation.access.actions import allow_token, ask_for_link, ask_token
from liren.foundation.access.models import Account, Appointment, LinkRequest, Token
from liren.foundation.commons.actions import NewMessage, attach_files, send_messages, store_file
from liren.foundation.commons.models import Message, StoredFile
from liren.foundation.places.actions import add_grid, add_unit
from liren.foundation.places.models import Grid, Unit
from liren.foundation.places.queries.tree import place_by_code
from liren.foundation.places.rules import CITY, COMMUNITY, COUNTY, TOWNSHIP
from liren.foundation.policies.actions import adopt
from liren.foundation.policies.models import Adoption, Pack
from liren.registry.actions import (
    add_dwelling,
    add_organisation,
    allot,
    ask_correction,
    find_duplicates,
    join_household,
    merge_persons,
    name_grid_worker,
    open_household,
    propose_move,
    record_away,
    register_person,
    set_phone,
    settle_household,
)
from liren.registry.actions.trials import ask_trial, work_out
from liren.registry.models import (
    CategoryTrial,
    CorrectionRequest,
    DuplicatePair,
    Dwelling,
    Fact,
    GridChange,
    GridWorker,
    Household,
    Move,
    Organisation,
    Person,
    PersonMerge,
)
from liren.registry.queries.allotting import Part
from liren.registry.queries.categories import rule_at
from liren.registry.queries.categories import trial as tried_rule
from liren.testing.cast import (
    AUDITOR,
    CIVIL_AFFAIRS,
    JIANGNING,
    JIANGNING_DISTRICT,
    NANJING,
    PAIFANG,
    PAIFANG_CLERK,
    SECURITY_ADMINISTRATOR,
    SUPERVISOR,
    SYSTEM_ADMINISTRATOR,
    Role,
    acting,
    everywhere,
    resident,
    staff,
)

HEAD = Role("shuji", "马书记", "community_head", COMMUNITY, PAIFANG, "牌坊社区")
WORKS = Role("jianguan", "丁工", "works_officer", TOWNSHIP, JIANGNING, "江宁街道")
CENTRE = Role("zhongxin", "吴主任", "service_center_head", TOWNSHIP, JIANGNING, "江宁街道")
POPULATION = Role("renkou", "方明", "population_officer", COUNTY, JIANGNING_DISTRICT, "江宁区")
CITY_POPULATION = Role("renkou-shi", "许琳", "city_population_officer", CITY, NANJING, "南京市")
ROLES = (
    PAIFANG_CLERK, HEAD, CIVIL_AFFAIRS, CENTRE, WORKS, SUPERVISOR, POPULATION, CITY_POPULATION, SYSTEM_ADMINISTRATOR,
    SECURITY_ADMINISTRATOR, AUDITOR,
)  # fmt: skip
"""Who sits at the desks above 牌坊社区, nearest first."""

ELSEWHERE = 320115006201_000
"""A community of the township that is nobody's neighbour in the matrix."""

NAME, NUMBER, PHONE = "王秀英", "990115195001011230", "19900000001"
OTHER_NAME, OTHER_NUMBER, OTHER_PHONE = "李福生", "990115195202022250", "19900000002"
NEWCOMER_PHONE = "19900000003"
STRANGER_NAME, STRANGER_NUMBER, STRANGER_PHONE = "张桂兰", "990115198505055240", "19900000004"
"""She has a file and a household, and no account yet: the story is hers."""
ASSISTANCE: Mapping[str, Any] = {
    "applicant_name": NAME, "id_number": NUMBER, "phone": PHONE, "address": "牌坊社区 3 组 12 号", "household_size": 2,
    "reason": "illness", "happened_on": "2026-08-20", "description": "老伴住院做手术，钱不够。", "burden_fen": 3_200_000,
    "monthly_income_fen": 180_000, "other_help": False, "account_number": "6222000000000000", "bank_name": "农商银行", "promise": True,
}  # fmt: skip
REPAIR: Mapping[str, Any] = {
    "facility": "lighting", "description": "路灯不亮两天了", "whereabouts": "3 组祠堂门口", "dangerous": False, "phone": PHONE,
}  # fmt: skip
GRANTED: Mapping[str, Any] = {"granted": True, "amount_fen": 500_000, "reason": "符合条件，给予一次性救助。"}
PAPER = b"%PDF-1.4\n%%EOF\n"


@dataclass
class Village:
    """What exists."""

    at: datetime
    accounts: dict[str, Account] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    person: Person = field(init=False)
    home: Household = field(init=False)
    empty_home: Household = field(init=False)
    dwelling: Dwelling = field(init=False)
    organisation: Organisation = field(init=False)
    outgoing: Move = field(init=False)
    incoming: Move = field(init=False)
    fact: Fact = field(init=False)
    file: StoredFile = field(init=False)
    waiting_file: StoredFile = field(init=False)
    message: Message = field(init=False)
    desk_message: Message = field(init=False)
    correction: CorrectionRequest = field(init=False)
    pair: DuplicatePair = field(init=False)
    merge: PersonMerge = field(init=False)
    link: LinkRequest = field(init=False)
    appointment: Appointment = field(init=False)
    token: Token = field(init=False)
    asked_token: Token = field(init=False)
    unit: Unit = field(init=False)
    grid: Grid = field(init=False)
    grid_change: GridChange = field(init=False)
    grid_worker: GridWorker = field(init=False)
    trial: CategoryTrial = field(init=False)
    waiting_trial: CategoryTrial = field(init=False)
    adoption: Adoption = field(init=False)
    pack: Pack = field(init=False)
    batch: Batch = field(init=False)
    feed: Feed = field(init=False)
    run: FeedRun = field(init=False)

    def account(self, who: Role | str) -> Account:
        """Return somebody's account: a role's, "villager", "neighbour" (another resident of the same community), or "newcomer"."""
        return self.accounts[who if isinstance(who, str) else who.username]

    # cases

    def apply(self, *, matter: str = "temporary-assistance", days_ago: int = 6) -> Case:
        """Let the villager apply."""
        at = self.at - timedelta(days=days_ago)
        with acting(self.account("villager")) as by:
            case = queries.blank_case(by, queries.matter(matter, PAIFANG, on=day_of(at)), PAIFANG, at=at)
            answers = REPAIR if matter == "public-repair" else ASSISTANCE
            return actions.submit_case(by=by, at=at, case=case, answers=answers)

    def act(self, who: Role | str, verb: str, case: Case, *, days_ago: int = 4, **values: Any) -> Case:
        """Let somebody do something to a case as it stands."""
        with acting(self.account(who)) as by:
            found = queries.case_for(by, case.pk)
            return actions.BY_VERB[verb](by=by, at=self.at - timedelta(days=days_ago), case=found, **values)

    def accepted(self) -> Case:
        """Return a case that was accepted."""
        return self.act(PAIFANG_CLERK, "accept", self.apply())

    def decided(self) -> Case:
        """Return a case with a decision and its document."""
        case = self.act(CIVIL_AFFAIRS, "decide", self.accepted(), days_ago=3, answers=GRANTED)
        with everywhere() as by:
            found = Case.objects.get(pk=case.pk)
            upload = Upload(f"决定 {found.number}.pdf", PDF, PAPER)
            return actions.attach_document(by=by, at=self.at - timedelta(days=3), case=found, upload=upload)

    def finished(self) -> Case:
        """Return a finished case."""
        return self.act(CIVIL_AFFAIRS, "finish", self.decided(), days_ago=2)

    def draft(self) -> Case:
        """Return a draft of the villager's."""
        with acting(self.account("villager")) as by:
            case = queries.blank_case(
                by, queries.matter("temporary-assistance", PAIFANG, on=day_of(self.at)), PAIFANG, at=self.at
            )
            return actions.save_draft(by=by, at=self.at, case=case, answers=dict(ASSISTANCE), step="you")

    def owed(self) -> Case:
        """Return a case in hand about which the clerk owes the township an answer."""
        desk = Desk("window_clerk", COMMUNITY, PAIFANG)
        return self.act(
            CIVIL_AFFAIRS, "hand_over", self.accepted(), to=desk, question="请入户看一看。", answer_owed=True
        )

    def rated(self) -> Case:
        """Return a case with a bad rating, which nobody has answered."""
        return self.act("villager", "rate", self.finished(), days_ago=1, level=2, comment="等得太久")

    def fill_cases(self) -> None:
        """Make a case in every state."""
        ask: dict[str, Any] = {"question": "请补一张医保结算单。", "materials": ["医保结算单"]}
        self.cases = {
            State.DRAFT: self.draft(),
            State.SUBMITTED: self.apply(days_ago=1),
            State.ACCEPTED: self.accepted(),
            State.RETURNED: self.act(PAIFANG_CLERK, "return", self.apply(), missing=["请写清楚困难的原因"]),
            State.REFUSED: self.act(PAIFANG_CLERK, "refuse", self.apply(), ground="elsewhere", reason="请到居住地申请。"),
            State.IN_HAND: self.act(CIVIL_AFFAIRS, "begin", self.accepted()),
            State.ASKED: self.act(CIVIL_AFFAIRS, "ask", self.accepted(), **ask),
            "owed": self.owed(),
            State.DECIDED: self.decided(),
            State.FINISHED: self.finished(),
            State.RATED: self.rated(),
            State.WITHDRAWN: self.act("villager", "withdraw", self.apply()),
            "repair": self.apply(matter="public-repair"),
        }  # fmt: skip

    # the rest

    def fill_registry(self) -> None:
        """Register the villager and the neighbour."""
        with acting(self.account(PAIFANG_CLERK)) as by:
            since = date(2000, 1, 1)
            self.person = register_person(
                by=by, at=self.at, area=PAIFANG, name=NAME, number=NUMBER, sex="2", birth_on=date(1950, 1, 1), since=since
            )  # fmt: skip
            other = register_person(
                by=by, at=self.at, area=PAIFANG, name=OTHER_NAME, number=OTHER_NUMBER, sex="1", birth_on=date(1952, 2, 2), since=since
            )  # fmt: skip
            self.home = open_household(by=by, at=self.at, area=PAIFANG, address="牌坊社区 3 组 12 号", number="A12")
            join_household(by=by, at=self.at, person=self.person, household=self.home, relation="02", since=since)
            set_phone(by=by, at=self.at, person=self.person, number=PHONE)
            set_phone(by=by, at=self.at, person=other, number=OTHER_PHONE)
            stranger = register_person(
                by=by, at=self.at, area=PAIFANG, name=STRANGER_NAME, number=STRANGER_NUMBER, sex="2", birth_on=date(1985, 5, 5), since=since
            )  # fmt: skip
            house = open_household(by=by, at=self.at, area=PAIFANG, address="牌坊社区 5 组 8 号", number="A58")
            join_household(by=by, at=self.at, person=stranger, household=house, relation="02", since=since)
            set_phone(by=by, at=self.at, person=stranger, number=STRANGER_PHONE)
            self.fact = record_away(
                by=by, at=self.at, person=other, reason="work", since=date(2026, 3, 1), words="昆山"
            )
        self.accounts["villager"] = resident(f"+86{PHONE}", "王阿婆", person_id=self.person.pk)
        self.accounts["neighbour"] = resident(f"+86{OTHER_PHONE}", "李大爷", person_id=other.pk)
        self.accounts["newcomer"] = resident(f"+86{NEWCOMER_PHONE}", "小赵")
        with acting(self.accounts["villager"]) as by:
            self.correction = ask_correction(
                by=by, at=self.at, person=self.person, item="birth_on", before="1950-01-01", words="身份证上是二月",
                wanted={"birth_on": date(1950, 2, 1)},
            )  # fmt: skip

    def fill_homes(self) -> None:
        """Register a dwelling, an organisation and an empty household; ask for a family to be taken here, and for one to be taken there."""
        with acting(self.account(PAIFANG_CLERK)) as by:
            self.dwelling = add_dwelling(
                by=by, at=self.at, area=PAIFANG, building="3幢", room="101", address="牌坊社区 3幢101室"
            )
            settle_household(by=by, at=self.at, household=self.home, dwelling=self.dwelling, address=self.home.address)
            self.empty_home = open_household(
                by=by, at=self.at, area=PAIFANG, address="牌坊社区 7 组 1 号", number="A71"
            )
            self.organisation = add_organisation(by=by, at=self.at, area=PAIFANG, name="牌坊老年协会", kind="social")
            leaver = Person.objects.get(name=STRANGER_NAME)
            self.outgoing = propose_move(
                by=by, at=self.at, person=leaver, area=ELSEWHERE, on=day_of(self.at), residence="registered", reason="随子女居住"
            )  # fmt: skip
        with everywhere() as system:
            comer = register_person(
                by=system, at=self.at, area=ELSEWHERE, name="钱小红", sex="2", since=date(2010, 1, 1)
            )
            asked = propose_move(
                by=system, at=self.at, person=comer, area=PAIFANG, on=day_of(self.at), residence="registered", reason="投靠亲属"
            )  # fmt: skip
            self.incoming = Move.objects.get(event=asked.event, side="receiving")

    def fill_grids(self) -> None:
        """Make two grids; put the building into the first, of which the clerk takes care."""
        place, since = place_by_code("320115006205"), date(2026, 1, 1)
        with acting(self.account(HEAD)) as by:
            self.grid, _other = (
                add_grid(place=place, number=number, name=name, valid_from=since, by=by, at=self.at)
                for number, name in ((1, "第一网格"), (2, "第二网格"))
            )
            self.grid_change = allot(
                by=by, at=self.at, area=PAIFANG, grid=self.grid, parts=[Part("building", building="3幢")], on=since
            )
            self.grid_worker = name_grid_worker(
                by=by, at=self.at, grid=self.grid, account=self.account(PAIFANG_CLERK), since=since
            )

    def fill_duplicates(self) -> None:
        """Register somebody three times; put two of the files together, leave a pair to be judged."""
        with acting(self.account(PAIFANG_CLERK)) as by:
            first, second, third = (
                register_person(by=by, at=self.at, area=PAIFANG, name=name, sex="1", birth_on=date(1970, 7, 7), phone="19900000011")
                for name in ("周国强", "周国强", "周国墙")
            )  # fmt: skip
            self.merge = merge_persons(by=by, at=self.at, kept=first, gone=second, reason="看过身份证")
        with everywhere() as system:
            find_duplicates(by=system, at=self.at, area=0, lo=0, hi=PAIFANG + 999)
            self.pair = DuplicatePair.objects.get(left=first.pk, right=third.pk)

    def fill_commons(self) -> None:
        """Keep files and send messages."""
        with acting(self.account("villager")) as by:
            case = queries.case_for(by, self.cases[State.SUBMITTED].pk)
            self.file, self.waiting_file = (
                store_file(by=by, at=self.at, area=PAIFANG, upload=Upload(name, PDF, PAPER + name.encode()))
                for name in ("出院小结.pdf", "还没有交.pdf")
            )
            attach_files(by=by, at=self.at, owner=case, files=[self.file.pk])
        subjects = {"message": self.person.pk, "desk_message": self.account(PAIFANG_CLERK).pk}
        with everywhere() as system:
            for name, subject in subjects.items():
                new = NewMessage(subject, "您的申请收到了", f"{NAME}，我们会尽快看。", f"village:{name}", link="/cases")
                setattr(self, name, send_messages(by=system, at=self.at, area=PAIFANG, messages=[new])[0])

    def fill_exchange(self) -> None:
        """Take in a list that names the neighbour."""
        table = f"姓名,身份证号,性别\n{OTHER_NAME},{OTHER_NUMBER},男\n".encode("gb18030")
        with acting(self.account(PAIFANG_CLERK)) as by:
            self.batch = open_batch(
                by=by, at=self.at, area=PAIFANG, level=COMMUNITY, title="户籍名单", digest=keep_table(table), as_of=day_of(self.at)
            )  # fmt: skip

    def fill_sources(self) -> None:
        """Set up a source of the township that cannot be reached, and let one reading of it fail."""
        given = SourceGiven(
            "区民政接口",
            "api",
            {"address": "http://127.0.0.1:9/people", "style": "none"},
            {"headers": {"X-Token": "village"}},
        )
        with acting(self.account(CENTRE)) as by:
            feed = open_feed(by=by, at=self.at, area=JIANGNING, level=TOWNSHIP, given=given)
            self.feed = map_feed(
                by=by, at=self.at, feed=feed, heads=["xm", "sfzh"], targets=["name", "id_number"], options={}, authority="", source="shared", key="sfzh"
            )  # fmt: skip
            self.run = begin_run(by=by, at=self.at, feed=self.feed)
            fail_run(by=by, at=self.at, feed=self.feed, run=self.run, problem="对方没有回应", passing=True)

    def fill_trials(self) -> None:
        """Have a list tried with two other numbers: one is worked out, one waits."""
        on, made = day_of(self.at), []
        for years in (70, 75):
            with acting(self.account(PAIFANG_CLERK)) as by:
                rule = rule_at("elder-80", PAIFANG, on)
                values = {"age_from": years}
                other = tried_rule(rule, values).at_any_time()
                made.append(
                    ask_trial(
                        by=by, at=self.at, area=PAIFANG, level=COMMUNITY, on=on, rule=rule, other=other, version=rule.key, values=values
                    )
                )  # fmt: skip
        self.trial, self.waiting_trial = made
        work_out(self.trial.pk, self.trial.turn)

    def fill_offices(self) -> None:
        """Ask for a link, adopt a pack, add a unit, look an appointment up."""
        newcomer = self.account("newcomer")
        with acting(newcomer) as by:
            self.link = ask_for_link(
                account=newcomer, name="赵小云", id_number="990115199003033210", area=PAIFANG, by=by, at=self.at
            )  # fmt: skip
        with everywhere() as system:
            self.pack = (
                Pack.objects.exclude(code__startswith="national").order_by("id").first() or Pack.objects.all()[0]
            )
            self.unit = add_unit(place=place_by_code("320115006205"), kind="group", name="3 组", by=system, at=self.at)
            self.appointment = Appointment.objects.get(account=self.account(PAIFANG_CLERK))
        with acting(self.account(CENTRE)) as by:
            self.token, self.asked_token = (
                ask_token(
                    by=by, at=self.at, appointment=Appointment.objects.select_related("post").get(account=self.account(CENTRE)), name=name,
                    purpose="核对参保人员", level=TOWNSHIP, area=JIANGNING, place="江宁街道", capabilities=["registry.view", "registry.lists"],
                    valid_until=day_of(self.at) + timedelta(days=200),
                )
                for name in ("区医保信息平台", "区教育局学籍系统")
            )  # fmt: skip
        with acting(self.account(SECURITY_ADMINISTRATOR)) as by:
            allow_token(by=by, at=self.at, token=self.token)
        with acting(self.account(CENTRE)) as by:
            self.adoption = adopt(
                by=by, at=self.at, level=TOWNSHIP, area=JIANGNING, pack=self.pack.code, valid_from=day_of(self.at) - timedelta(days=9)
            )  # fmt: skip


def village(at: datetime | None = None) -> Village:
    """Make everything, as the actions make it, in the days before ``at``."""
    made = Village(at or clock.now())
    for role in ROLES:
        made.accounts[role.username] = staff(role)
    made.fill_registry()
    made.fill_homes()
    made.fill_grids()
    made.fill_cases()
    made.fill_duplicates()
    made.fill_commons()
    made.fill_exchange()
    made.fill_sources()
    made.fill_trials()
    made.fill_offices()
    return made
