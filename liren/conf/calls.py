"""Calls of the API: the short way from an address to its operation.

A page needs Django's whole chain: messages, fragments, forms, slashes. A call needs to know who sends it, one transaction under that
viewer's scope, its operation with the input checked, and its headers: that is here, in the order in which it happens. What is no
operation (404, 405, the description) goes on to Django.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError
from ninja.operation import Operation

from liren.base.api import refusal_problem
from liren.base.errors import Refusal, TooMany
from liren.base.rows import Elsewise, applied
from liren.conf.api import api
from liren.conf.middleware import (
    TURNS,
    GetResponse,
    add_headers,
    as_it_came,
    busy,
    has_nul,
    headers,
    keep_private,
    stood_in_the_way,
    viewer_of,
)
from liren.conf.sessions import SessionStore
from liren.conf.tokens import machine
from liren.foundation.access.rules import Viewer

FOOT = "/api/v1/"
DEPENDS = headers({"Vary": "Accept-Language, Cookie"})
MOST_HOSTS = 64
Found = tuple[Operation, dict[str, str]]


class Step:
    """A place in the tree of addresses: the segments that lead on from here, and what is done at an address that ends here."""

    __slots__ = ("named", "operations", "value")

    def __init__(self) -> None:
        self.named: dict[str, Step] = {}
        self.value: Step | None = None
        self.operations: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Routes:
    """The operations of an API by the segments of their addresses; ``/matters`` goes before ``/{case}``.

    Django tries one pattern after the other, 80 of them before the last; the house's tests hold that both find the same.
    """

    def __init__(self, known: NinjaAPI) -> None:
        self.root = Step()
        for router in known._get_bound_routers():
            for path, view in router.path_operations.items():
                for operation in view.operations:
                    self.add(f"{router.prefix}{path}".lstrip("/"), operation)

    def add(self, route: str, operation: Operation) -> None:
        """Add an operation; one that streams or counts its callers is left to the library."""
        if operation.is_async or operation.stream_format or operation.throttle_objects:
            return
        here, names = self.root, []
        for segment in route.split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                here.value = here.value or Step()
                here = here.value
            else:
                here = here.named.setdefault(segment, Step())
        here.operations.update(dict.fromkeys(operation.methods, (operation, tuple(names))))

    def find(self, route: str, method: str) -> Found | None:
        """Return the operation at a route below the foot of the API, with the values that stand in it."""
        here, values = self.root, []
        for segment in route.split("/"):
            step = here.named.get(segment)
            if step is None:
                step = here.value
                if step is None or not segment:
                    return None
                values.append(segment)
            here = step
        operation, names = here.operations.get(method, (None, ()))
        return None if operation is None else (operation, dict(zip(names, values, strict=True)))


class Hosts(set[str]):
    """The first names under which this server was rightly called: to read and compare one again costs more than to know it."""

    def add(self, name: str) -> None:
        """Remember a name, as long as there are few."""
        if len(self) < MOST_HOSTS:
            super().add(name)


def api_calls(get_response: GetResponse) -> GetResponse:
    """Answer the calls of the API; send everything else on."""
    routes, hosts = Routes(api), Hosts()
    sessions = SessionMiddleware(get_response)  # for the few sessions that have to be written

    def handle(request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        found = routes.find(path[len(FOOT) :], request.method or "") if path.startswith(FOOT) else None
        if found is None:
            return get_response(request)
        if request.META.get("HTTP_HOST") not in hosts:
            hosts.add(request.get_host())  # refuses a name that is not ours
        bearer = request.META.get("HTTP_AUTHORIZATION", "")
        key = None if bearer else request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = session = SessionStore(key, remembers=True)
        try:
            response = answered(request, found, bearer)
        except Elsewise:
            session.start_over()
            response = answered(request, found, bearer)
        except TooMany as refusal:
            return refusal_problem(refusal)
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        add_headers(response, DEPENDS)
        response.headers["Content-Language"] = request.LANGUAGE_CODE
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        if viewer.is_known:
            keep_private(response)
        if not bearer and (session.modified or session.visit is None):
            sessions.process_response(request, response)  # type: ignore[arg-type]
        return response

    return handle


def answered(request: HttpRequest, found: Found, bearer: str) -> HttpResponseBase:
    """Find out who calls and do what is asked for in one transaction, and again when others stood in the way of it.

    Raise ``TooMany`` for a token, ``Elsewise`` for who was remembered.
    """
    viewer = request.viewer = machine(request, bearer) if bearer else viewer_of(request)  # type: ignore[attr-defined]
    speak(request, viewer)
    for _turn in range(TURNS):
        try:
            with applied(viewer.scope, once=viewer.once, assumed=request.session.assumed):  # type: ignore[attr-defined]
                response = done(request, *found)
                if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    transaction.set_rollback(True)
        except OperationalError as error:
            if not stood_in_the_way(error):
                raise
            as_it_came(request)
        else:
            return response
    return refusal_problem(busy())


def speak(request: HttpRequest, viewer: Viewer) -> None:
    """Use the language of the browser's choice, else of the account, else of the browser."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES or not viewer.language
    language = translation.get_language_from_request(request) if chosen else viewer.language
    translation.activate(language)
    request.LANGUAGE_CODE = language


def done(request: HttpRequest, operation: Operation, values: dict[str, str]) -> HttpResponseBase:
    """Do what an operation does: let in, check the input against its schema, act, check an answer that is not written yet."""
    if has_nul(request):
        return refusal_problem(Refusal(_("格式不对。")))
    known, empty = operation.api, None
    try:
        if operation.auth_callbacks and not any(let_in(request) for let_in in operation.auth_callbacks):
            return known.on_exception(request, AuthenticationError())
        if operation.signature.response_arg:
            empty = known.create_temporal_response(request)
        given = operation._get_values(request, values, empty)  # type: ignore[arg-type]
        result: Any = operation.view_func(request, **given)
        if isinstance(result, HttpResponseBase):
            return result
        return operation._result_to_response(request, result, empty or known.create_temporal_response(request))
    except Exception as error:  # the library's own handlers say what rises
        return known.on_exception(request, error)
