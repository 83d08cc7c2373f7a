"""The API of the house: every room's router under one roof, ``/api/v1/<room>/``, described at ``/api/v1/openapi.json``."""

from importlib import import_module

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from liren.base.api import http_problem, invalid_problem, problem, refusal_problem
from liren.base.errors import Refusal
from liren.conf.rooms import shelves

api = NinjaAPI(
    title="Liren 里仁",
    version="1",
    description=(
        "Sign in as on the pages; unsafe methods carry the header X-CSRFToken. POST may carry Idempotency-Key (a UUID): "
        "a repeated request does nothing twice. Ids are strings. Errors are problem documents (RFC 9457)."
    ),
    urls_namespace="api",
    docs_url=None,  # its pages come from a content delivery network
)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    """Answer a refusal; a call is done whole or not at all."""
    _undo()
    return refusal_problem(error)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer input that does not fit the schema."""
    _undo()
    return invalid_problem(error.errors)


@api.exception_handler(HttpError)
def stopped(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer what the API library refuses: no session, no CSRF token, no JSON."""
    _undo()
    return http_problem(error)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer an address behind which there is nothing."""
    return problem(404, _("没有找到这条记录。"))


def _undo() -> None:
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)


for _shelf in shelves("api"):
    api.add_router(f"/{_shelf.split('.')[-2]}", import_module(_shelf).router, tags=[_shelf.split(".")[-2]])
