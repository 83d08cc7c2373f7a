"""The two roles: ``owner`` migrates, ``app`` serves and owns nothing."""

import pytest
from django.db import connection, connections


def one(text: str, alias: str = "default") -> object:
    with connections[alias].cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_pages_are_served_by_a_role_that_owns_nothing() -> None:
    assert one("SELECT current_user") == "app"
    assert one("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user") == 0


@pytest.mark.django_db
def test_neither_role_can_pass_by_row_security() -> None:
    assert (
        one("SELECT count(*) FROM pg_roles WHERE rolname IN ('app', 'owner') AND NOT rolsuper AND NOT rolbypassrls")
        == 2
    )


@pytest.mark.django_db
def test_name_searches_are_marked_leakproof() -> None:
    assert one("SELECT count(*) FROM pg_proc WHERE proname IN ('textlike', 'similarity_op') AND proleakproof") == 2


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_migrations_run_as_the_owner_of_the_tables() -> None:
    assert one("SELECT current_user", "owner") == "owner"
    assert one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'owner'") == 0


@pytest.mark.django_db
def test_the_server_sorts_text_alike_on_every_machine() -> None:
    assert one("SELECT datlocprovider FROM pg_database WHERE datname = current_database()") in {"b", "c"}
    assert connection.vendor == "postgresql"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_that_commits_changes_to_reference_data_leaves_none_behind(turn: int) -> None:
    kept = one("SELECT count(*) FROM auth_permission")

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM auth_permission")

    assert kept != 0, "the other turn's deletion is still there"
