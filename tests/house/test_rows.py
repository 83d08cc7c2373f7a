"""Every table that belongs to a place is guarded by the database itself."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.utils import DatabaseError

from liren.conf.rooms import rooms
from liren.foundation.places.models import PlacedModel

PLACED = [model for model in apps.get_models() if issubclass(model, PlacedModel)]


def has_subject(model: type[models.Model]) -> bool:
    return any(field.name == "subject" for field in model._meta.get_fields())


@pytest.mark.django_db
@pytest.mark.parametrize("model", PLACED, ids=lambda model: model._meta.label)
def test_a_placed_table_has_forced_row_security_with_the_one_policy(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) = current_user,"
            " (SELECT array_agg(pg_get_expr(polqual, polrelid)) FROM pg_policy WHERE polrelid = c.oid)"
            " FROM pg_class c WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        enabled, forced, owned, policies = cursor.fetchone()

    assert enabled
    assert forced
    assert not owned, "the serving role owns nothing"
    assert len(policies) == 1
    assert ("subject" in policies[0]) == has_subject(model)
    assert ("app.wide_lo" in policies[0]) == has_subject(model)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", PLACED, ids=lambda model: model._meta.label)
def test_reading_without_a_scope_is_an_error_and_not_an_empty_list(model: type[models.Model]) -> None:
    with pytest.raises(DatabaseError):
        list(model._default_manager.all()[:1])


@pytest.mark.parametrize("model", PLACED, ids=lambda model: model._meta.label)
def test_a_placed_table_can_be_distributed_by_county(model: type[models.Model]) -> None:
    constraints = model._meta.constraints
    unique = [set(c.fields) for c in constraints if isinstance(c, models.UniqueConstraint)]

    assert {"county", "id"} in unique
    assert all("county" in fields for fields in unique), "a unique constraint of a placed table includes county"
    assert not [f for f in model._meta.local_fields if f.unique and not f.primary_key]


def test_foreign_keys_point_down_or_stay_on_their_floor_and_never_cascade_over_people() -> None:
    order = {room.rsplit(".", 1)[-1]: number for number, room in enumerate(rooms())}
    wrong = []
    for model in apps.get_models():
        here = order.get(model._meta.app_label)
        for field in model._meta.local_fields:
            if here is None or not isinstance(field, models.ForeignKey):
                continue
            there = order.get(field.related_model._meta.app_label)
            if there is not None and there > here:
                wrong.append(f"{model._meta.label}.{field.name} points up")
            if field.remote_field.on_delete is models.CASCADE:
                wrong.append(f"{model._meta.label}.{field.name} deletes by cascade")

    assert wrong == []
