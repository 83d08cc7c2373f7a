"""A whole register comes in at once and looks as if it had been written one by one."""

from datetime import date

import pytest

from liren.registry import queries
from liren.registry.actions.bulk import NewFact, NewHousehold, NewPerson, bulk_register
from liren.registry.enums import FactKind
from liren.registry.tests.desk import AT, PAIFANG, TODAY, at_desk, clerk, number_of


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_people_written_at_once_are_found_and_have_a_file() -> None:
    father = NewPerson(
        ref="father", area=PAIFANG, name="单大伟", sex="1", birth_on=date(1985, 2, 3), number=number_of(date(1985, 2, 3), 11, "990115"),
        phone="19912345678", household="h", relation="02", since=date(2010, 1, 1),
        facts=[NewFact(kind=FactKind.AWAY, code="work", valid_from=date(2026, 2, 1), words="昆山")],
    )  # fmt: skip
    child = NewPerson(
        ref="child", area=PAIFANG, name="单小宝", sex="2", birth_on=date(2018, 5, 6), household="h", relation="20",
        facts=[
            NewFact(kind=FactKind.GUARDIAN, code="parent", valid_from=date(2018, 5, 6), other="father", other_name="单大伟"),
            NewFact(kind=FactKind.DISABILITY, valid_from=date(2020, 1, 1), health={"kind": "1", "degree": "3"}),
        ],
    )  # fmt: skip

    written = bulk_register(
        [father, child],
        [NewHousehold(ref="h", area=PAIFANG, address="牌坊村12号", number="A1")],
        at=AT,
        recorded_by="导入",
    )

    assert written.facts == 7
    with at_desk(clerk()) as by:
        for typed in ("单", "大伟", "shandw", "sdw", "19912345678", number_of(date(1985, 2, 3), 11, "990115")):
            assert [p.pk for p in queries.search_people(by, typed).people if p.name == "单大伟"] == [
                written.people["father"]
            ]
        file = queries.person_file(by, written.people["father"])
        assert (file.person.away_since, file.person.relation, [m.name for m in file.members]) == (
            date(2026, 2, 1),
            "02",
            ["单大伟", "单小宝"],
        )
        assert file.wards == [written.people["child"]]
        assert queries.person_for(by, written.people["child"]).is_disabled
        home = queries.household_for(by, written.households["h"])
        assert (home.size, home.head_name, home.number) == (2, "单大伟", "A1")
        assert queries.state_on(file.person, TODAY) == queries.state_on(queries.person_for(by, file.person.pk), TODAY)
