"""The API against its own description: what fits the schema, and much that does not, is answered as described and never with 5xx."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from liren.conf.api import api
from liren.foundation.policies.queries import forget
from liren.testing.cast import PAIFANG_CLERK, sign_in
from liren.testing.village import Village, village

SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
SCHEMA.app = get_wsgi_application()
OPERATIONS = {one.label: one for found in SCHEMA.get_all_operations() if isinstance(found, Ok) for one in [found.ok()]}
DOCUMENTED = range(400, 500)
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
TOKEN = "a" * 32


@pytest.fixture(scope="module")
def there(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Village, str]]:
    """Make the village once, and a clerk's session in it."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole._from_testcase = True  # type: ignore[attr-defined]  # what a view opens inside may be durable
        with whole:
            for signal in (request_started, request_finished):  # a request ends no transaction here
                signal.disconnect(close_old_connections)
            made = village()
            client = Client()
            sign_in(client, made.account(PAIFANG_CLERK))
            yield made, client.cookies["sessionid"].value
            for signal in (request_started, request_finished):
                signal.connect(close_old_connections)
            transaction.set_rollback(True)
        forget()
        connection.close()


def real(made: Village) -> dict[str, list[Any]]:
    """Return what a path may name that exists."""
    return {
        "case": [str(one.pk) for one in made.cases.values()],
        "pk": [str(made.file.pk), str(made.desk_message.pk)],
        "person_id": [str(made.person.pk)],
        "pack": [str(made.pack.pk)],
        "code": ["320115006205", "temporary-assistance"],
    }


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: str(mode.value))
def test_an_operation_answers_as_it_is_described(there: tuple[Village, str], label: str, mode: GenerationMode) -> None:
    made, session = there
    operation, known = OPERATIONS[label], real(made)

    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def answered(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(mode))
        for name, values in known.items():
            if isinstance(case.path_parameters, dict) and name in case.path_parameters and data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(values))
        if case.headers:  # it is the clerk who calls: a token that was drawn is nobody's
            case.headers.pop("Authorization", None)
        one = transaction.atomic()
        one._from_testcase = True  # type: ignore[attr-defined]
        with one:
            response = case.call(
                cookies={"sessionid": session, "csrftoken": TOKEN}, headers={"X-CSRFToken": TOKEN}, app=SCHEMA.app, base_url="http://localhost"
            )  # fmt: skip
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)
        assert response.status_code not in {401, 405}
        if response.status_code in DOCUMENTED:
            assert response.headers["content-type"][0].startswith("application/problem+json")
            assert json.loads(response.content)["title"]

    with suppress(Unsatisfiable):  # a path of any text has nothing that does not fit
        answered()
