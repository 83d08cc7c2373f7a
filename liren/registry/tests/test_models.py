"""What the registry's tables hold by themselves."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.models import Fact, Person

AREA = 320115006008000
AT = datetime(2026, 9, 1, tzinfo=UTC)


def person(**values: object) -> Person:
    return Person.objects.create(**{"area": AREA, "name": "张伟", "sort_key": "zhangwei", "recorded_at": AT, **values})


@pytest.mark.django_db(transaction=True)
def test_a_number_is_sealed_in_the_table_and_found_by_its_blind_index() -> None:
    with applied(Scope.everything()):
        made = person(id_number="320115199001011234", id_blind="320115199001011234")

        with connection.cursor() as cursor:
            cursor.execute("SELECT id_number, id_blind FROM registry_person")
            stored = b"".join(bytes(value) for value in cursor.fetchone())
        assert b"1990" not in stored
        found = Person.objects.get(id_blind="320115199001011234")
        assert (found.pk, found.id_number, found.subject) == (made.pk, "320115199001011234", made.pk)


@pytest.mark.django_db(transaction=True)
def test_a_person_is_registered_once_in_a_county_and_again_in_the_next() -> None:
    with applied(Scope.everything()):
        person(id_number="320115199001011234", id_blind="320115199001011234")
        person(id_number="320115199001011234", id_blind="320115199001011234", area=320116006008000)

        with pytest.raises(IntegrityError, match="registered_once_in_a_county"), transaction.atomic():
            person(id_number="320115199001011234", id_blind="320115199001011234", area=320115006009000)


@pytest.mark.django_db(transaction=True)
def test_the_serving_role_cannot_change_what_a_line_says() -> None:
    with applied(Scope.everything()):
        line = Fact.objects.create(
            area=AREA,
            subject=person().pk,
            kind="away",
            valid_from=date(2026, 1, 1),
            source="declared",
            recorded_at=AT,
            recorded_by="x",
        )

        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Fact.objects.filter(pk=line.pk).update(words="changed")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            line.delete()


@pytest.mark.django_db(transaction=True)
def test_a_line_is_of_a_person_of_its_county() -> None:
    with pytest.raises(IntegrityError, match="is_of_a_person"), applied(Scope.everything()):
        Fact.objects.create(
            area=AREA,
            subject=5,
            kind="away",
            valid_from=date(2026, 1, 1),
            source="declared",
            recorded_at=AT,
            recorded_by="x",
        )


@pytest.mark.django_db(transaction=True)
def test_the_neighbouring_community_and_another_resident_see_nothing() -> None:
    with applied(Scope.everything()):
        made = person()

    with applied(Scope.staff(AREA, AREA + 999)):
        assert Person.objects.count() == 1
    with applied(Scope.staff(AREA + 1000, AREA + 1999)):
        assert Person.objects.count() == 0
    with applied(Scope.resident(made.pk)):
        assert Person.objects.count() == 1
    with applied(Scope.resident(made.pk + 1)):
        assert Person.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_names_are_found_by_prefix_with_an_operator_that_keeps_its_index() -> None:
    with applied(Scope.everything()):
        person()
        rows = Person.objects.filter(sort_key__starts="zhang")

        assert rows.count() == 1
        assert "^@" in str(rows.query)
