"""The made-up population is the same each time and could be nobody."""

from datetime import date

from liren.base.codes import age_on, read_id
from liren.conf.demo.people import Family, Maker, surname

ON = date(2026, 11, 21)


def families(seed: int = 7) -> list[Family]:
    return list(
        Maker(seed=seed, on=ON).families([(320115006205000, "牌坊", True), (320115006001000, "江宁", False)], 1200)
    )


def test_the_same_seed_gives_the_same_people() -> None:
    assert families() == families()
    assert families() != families(seed=8)


def test_numbers_have_a_prefix_that_nobody_has_and_a_right_check_digit() -> None:
    people = [member for family in families() for member in family.members]

    assert len(people) >= 1200
    assert all(member.id_number.startswith("99") for member in people)
    assert len({member.id_number for member in people}) == len(people)
    assert all(read_id(member.id_number).birth_on == member.birth_on for member in people)
    assert all(read_id(member.id_number).sex == member.sex for member in people)
    assert {member.phone[:3] for member in people if member.phone} == {"154"}


def test_children_are_younger_than_their_mothers_and_bear_their_fathers_name() -> None:
    for family in families():
        children = [member for member in family.members if member.relation in {"20", "30"} and len(family.members) < 5]
        mother = next((member for member in family.members if member.relation == "12"), None)
        for child in children:
            assert mother is None or age_on(mother.birth_on, ON) - age_on(child.birth_on, ON) >= 15
            assert surname(child.name) == surname(family.members[0].name)


def test_who_is_left_behind_has_a_guardian_at_home() -> None:
    wards = [(family, member) for family in families() for member in family.members if member.guardian is not None]

    assert wards
    for family, ward in wards:
        assert family.members[ward.guardian or 0].away_to is None
        assert sum(member.away_to is not None for member in family.members) == 2
