"""Every column of the house that may name a person is known to a merge of files, or named here as something else.

A new column of large numbers fails here until its room says ``refers(table, column)`` (``registry.rules.references``) when it is
ready, or it stands below because it names no person.
"""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from liren.conf.rooms import rooms
from liren.registry.models import Person
from liren.registry.rules.references import REFERENCES, moved_columns

NO_PERSON = {
    "access_journalline.account_id", "access_journalline.xid", "access_journalline.cluster", "access_journalseal.cluster",
    "access_journalseal.from_xid", "access_journalseal.to_xid", "access_secondfactor.last_step", "access_account.home_area",
    "access_account.person_area", "commons_storedfile.account_id", "places_place.hi", "places_unit.within",
    "registry_correctionrequest.account_id", "registry_correctionrequest.fact", "registry_correctionrequest.made",
    "registry_duplicatepair.other_area", "registry_dwelling.unit", "registry_gridchange.grid", "registry_gridpart.change", "registry_gridpart.ended_by", "registry_gridpart.grid",
    "registry_gridpart.part", "registry_gridworker.account_id", "registry_gridworker.grid", "registry_fact.amount", "registry_fact.household",
    "registry_fact.organisation", "registry_fact.place", "registry_fact.replaces", "registry_personmerge.pair",
    "registry_personmerge.withdrawn", "registry_categorymembership.rule", "registry_categorydifference.run", "registry_categorytrial.account_id", "registry_categorytrial.other",
    "registry_categorytrial.rule", "registry_categorytrial.version", "registry_move.event", "registry_move.other_area", "registry_move.proposed_account", "cases_case.account_id", "cases_case.document", "cases_case.holder_area", "cases_case.item",
    "exchange_batch.account_id", "exchange_batch.size", "exchange_home.batch", "exchange_home.household", "exchange_home.dwelling", "exchange_home.former", "exchange_row.batch",
    "exchange_signature.account_id", "exchange_feed.account_id", "exchange_feedrow.batch", "exchange_feedrow.feed", "cases_delegation.helper_account", "cases_delegation.proof_files", "cases_material.files", "cases_task.closed_by",
    "cases_task.parent", "cases_task.seat_area",
}  # fmt: skip
"""Large numbers that are something else: areas, accounts, lines, files, other rows."""

HOUSE = tuple(f"{room}." for room in rooms())


def named(model: type[models.Model], column: models.Field) -> str:  # type: ignore[type-arg]
    return f"{model._meta.db_table}.{column.column}"


def large_numbers() -> set[str]:
    """Return every column that could hold a person's id and is no primary key, no area and no foreign key to another table."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        if not f"{model.__module__}.".startswith(HOUSE):
            continue
        for column in model._meta.concrete_fields:
            kind = column.base_field if isinstance(column, ArrayField) else column
            if isinstance(column, models.ForeignKey):
                if column.related_model is Person:
                    found.add(named(model, column))
            elif isinstance(kind, models.BigIntegerField) and not column.primary_key and column.name != "area":
                found.add(named(model, column))
    return found


def known() -> set[str]:
    return {f"{table}.{column}" for table, column in REFERENCES}


def test_a_merge_knows_every_column_that_may_name_a_person() -> None:
    assert large_numbers() - known() - NO_PERSON == set(), "say what they are in the room's apps.py"


def test_what_a_merge_knows_is_there() -> None:
    assert known() - large_numbers() == set()
    assert NO_PERSON - large_numbers() == set()
    assert NO_PERSON & known() == set()


def test_every_subject_is_known_to_a_merge() -> None:
    subjects = {name for name in large_numbers() if name.endswith(".subject")}

    assert subjects <= known()


def test_what_stays_has_a_reason() -> None:
    assert [one for one in REFERENCES.values() if one.how != "move" and not one.why] == []


@pytest.mark.django_db
def test_the_serving_role_may_move_every_column_that_follows_a_merge() -> None:
    with connection.cursor() as cursor:
        for one in [
            *moved_columns(),
            *(x for x in REFERENCES.values() if x.how == "own" and x.table != "registry_person"),
        ]:
            cursor.execute("SELECT has_column_privilege(%s, %s, 'UPDATE')", [one.table, one.column])
            assert cursor.fetchone() == (True,), f"{one.table}.{one.column}"
