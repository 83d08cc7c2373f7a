"""What a register really looks like: people with two files, residents who found a mistake, and everybody who looked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from liren.base.clock import day_of
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.base.uploads import PDF, Upload
from liren.base.words import full_day
from liren.conf.demo.offices import Desk
from liren.foundation.access.models import Account
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import store_file
from liren.foundation.places.queries.tree import communities, place_by_code
from liren.registry import actions
from liren.registry.models import CorrectionRequest, DuplicatePair, Person, Phone
from liren.registry.queries import person_facts

PAIFANG = 320115006205_000
BEYOND = "320114"
"""雨花台区, beside 江宁区."""
TWICE, ASKING, ACROSS = 14, 12, 3
ALIKE = {
    "英": "瑛",
    "国": "囯",
    "芳": "方",
    "伟": "炜",
    "明": "铭",
    "华": "桦",
    "丽": "莉",
    "军": "君",
    "梅": "玫",
    "文": "雯",
}
PROOF = b"%PDF-1.4\n%\xe6\x88\xb7\xe5\x8f\xa3\xe7\xb0\xbf\n%%EOF\n"


@dataclass(slots=True)
class Records:
    """Plants what is to be found, as the actions make it, in the days before ``at``."""

    desks: Sequence[Desk]
    at: datetime
    dice: Random

    def make(self) -> dict[str, int]:
        """Register some people twice, let residents ask, decide some of it, open files; return how many of each."""
        people = self._people()
        twins = [self._twin(person) for person in people[:TWICE]]
        away = [self._beyond(person) for person in self._numbered(people[TWICE:])]
        with applied(Scope.everything()):
            actions.find_duplicates(by=Viewer.system("演示"), at=self.at, area=0, lo=0, hi=10**15)
            pairs = list(DuplicatePair.objects.filter(area=PAIFANG, other_area=PAIFANG).order_by("-score", "id")[:4])
        self._judge(pairs)
        requests = [one for one in (self._ask(person, number) for number, person in enumerate(people[-ASKING:])) if one]
        for number, request in enumerate(requests):
            self._decide(request, number)
        looks = sum(self._look(person) for person in people)
        return {"twins": len(twins), "across": len(away), "corrections": len(requests), "looks": looks}

    def _people(self) -> list[Person]:
        with applied(Scope.everything()):
            linked = set(Account.objects.filter(person_id__isnull=False).values_list("person_id", flat=True))
            grown = Person.objects.filter(area=PAIFANG, birth_on__lt="1995-01-01", deceased_on=None).order_by("id")
            return [person for person in grown[5:400:9] if person.pk not in linked][: TWICE + ASKING]

    def clerk(self, area: int = PAIFANG, post: str = "window_clerk") -> Viewer:
        """Return somebody at a post as a viewer."""
        desk = next(one for one in self.desks if one.post == post and (one.area == area or one.level < 5))
        found = account_with_seats(desk.account_id, on=day_of(self.at), second_factor=True)
        assert found is not None
        return found[1]

    def _acting(self, by: Viewer, do: Callable[[], Any]) -> Any:
        with applied(by.scope):
            return do()

    def _twin(self, person: Person) -> Person:
        """Register somebody once more, as it happens: without a number, with a sign that sounds alike, with a slip in the birth."""
        by, kind = self.clerk(), self.dice.randrange(4)
        name = person.name
        if kind in {0, 3}:
            name = next((name.replace(sign, other) for sign, other in ALIKE.items() if sign in name[1:]), name)
        birth = person.birth_on
        if kind == 2 and birth is not None and birth.day <= 12:
            birth = birth.replace(month=birth.day, day=birth.month)
        with applied(Scope.everything()):
            phone = Phone.objects.filter(subject=person.pk, is_main=True).first()
        number = phone.number if phone else ""
        at = self.at - timedelta(days=self.dice.randint(20, 200))

        def register() -> Person:
            made = actions.register_person(
                by=by, at=at, area=PAIFANG, name=name, sex=person.sex, birth_on=birth, phone=number, since=day_of(at), source="visit"
            )  # fmt: skip
            if kind == 1:
                actions.record_away(by=by, at=at, person=made, since=day_of(at) - timedelta(days=90), words="苏州")
            return made

        made: Person = self._acting(by, register)
        return made

    def _numbered(self, people: Sequence[Person]) -> list[Person]:
        """Return the first few of whom a number is known."""
        return [person for person in people if person.id_number][:ACROSS]

    def _beyond(self, person: Person) -> Person:
        """Register somebody in another district too, where they rent: nobody there sees the file at home, nobody here the other."""
        at = self.at - timedelta(days=self.dice.randint(20, 200))
        beyond = next(iter(communities(place_by_code(BEYOND)))).area
        with applied(Scope.everything()):
            return actions.register_person(
                by=Viewer.system("演示"), at=at, area=beyond, name=person.name, number=person.id_number or "", sex=person.sex,
                birth_on=person.birth_on, residence="incomer", since=day_of(at), source="visit",
            )  # fmt: skip

    def _judge(self, pairs: Sequence[DuplicatePair]) -> None:
        """Put two pairs together, take one of these back, and find one pair to be two people."""
        by = self.clerk()
        with applied(by.scope):
            merges = [
                actions.merge_persons(
                    by=by,
                    at=self.at - timedelta(days=3),
                    kept=Person.objects.get(pk=pair.left),
                    gone=Person.objects.get(pk=pair.right),
                    reason="入户核对过身份证，是同一个人",
                )
                for pair in pairs[:2]
            ]
            for merge in merges[1:]:
                actions.undo_merge(by=by, at=self.at - timedelta(days=1), merge=merge, reason="是堂姐妹，不是同一个人")
            for pair in pairs[2:3]:
                actions.tell_apart(by=by, at=self.at - timedelta(days=1), pair=pair, reason="双胞胎姐妹")

    def _ask(self, person: Person, number: int) -> CorrectionRequest | None:
        """Link somebody's phone and let them ask for something to be put right."""
        at = self.at - timedelta(days=(1, 2, 4, 9, 12, 20)[number % 6])
        account = Account(
            name=person.name[0] + "先生", phone=f"+86154{99000000 + number:08d}", phone_blind=f"+86154{99000000 + number:08d}",
            created_at=at, person_id=person.pk, person_area=person.area,
        )  # fmt: skip
        account.set_unusable_password()
        account.save()
        found = account_with_seats(account.pk, on=day_of(self.at), second_factor=False)
        assert found is not None
        by = found[1]
        with applied(by.scope):
            file = store_file(by=by, at=at, area=person.area, upload=Upload("户口簿.pdf", PDF, PROOF))
            facts = person_facts(person, "residence")
            asks: list[dict[str, Any]] = [
                {
                    "item": "ethnicity",
                    "before": "汉族",
                    "wanted": {"ethnicity": "03"},
                    "words": "我是回族，身份证上写着。",
                },
                {"item": "phone", "before": "", "wanted": {"phone": f"1549800{number:04d}"}, "words": "换了手机号。"},
                {"item": "other", "before": "", "words": "少了我的孙女，她今年三月出生。"},
            ]
            if facts:
                line = facts[0]
                asks.append(
                    {
                        "item": f"fact-{line.pk}",
                        "before": f"{line.get_kind_display()}（{full_day(line.valid_from)}起）",
                        "wanted": {"valid_from": (line.valid_from + timedelta(days=31)).isoformat()},
                        "words": "搬来的日子记早了一个月。",
                    }
                )
            chosen = asks[number % len(asks)]
            return actions.ask_correction(by=by, at=at, person=person, files=[file.pk], **chosen)

    def _decide(self, request: CorrectionRequest, number: int) -> None:
        """Accept some, refuse some, let some be taken back, leave the rest to wait."""
        by, at = self.clerk(), self.at - timedelta(hours=3)
        with applied(by.scope):
            if number % 4 == 0 and request.item != "other":
                actions.accept_correction(by=by, at=at, request=request, note="看过身份证，已经改好。")
            elif number % 4 == 1:
                actions.refuse_correction(
                    by=by, at=at, request=request, reason="和户口簿不一致，请带户口簿到窗口当面核对。"
                )  # fmt: skip

    def _look(self, person: Person) -> int:
        """Let a few posts open a file on different days."""
        looks = sorted(self._ways(), key=lambda way: way[1])
        for by, at, why in looks:
            with applied(by.scope):
                actions.look_at_person(by=by, at=at, pk=person.pk, why=why, journal=0)
        return len(looks)

    def _ways(self) -> Iterator[tuple[Viewer, datetime, dict[str, str]]]:
        for post in ("window_clerk", "grid_worker", "civil_affairs_officer"):
            if self.dice.random() < 0.7:
                at = self.at - timedelta(days=self.dice.randint(1, 60), hours=self.dice.randint(0, 6))
                yield self.clerk(post=post), at, {"why": self.dice.choice(("search", "people", "case", "household"))}
