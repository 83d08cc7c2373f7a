"""The request's viewer and scope, and the one handler of refusals."""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _

from liren.base.api import problem, refusal_problem
from liren.base.errors import Conflict, Refusal, TooMany
from liren.base.rows import Elsewise, applied
from liren.conf.sessions import proof_of
from liren.faces.look.pages.errors import error_page
from liren.foundation.access.queries import Visit, with_request
from liren.foundation.access.rules import Door, Viewer
from liren.foundation.access.rules.tries import SECOND_FACTOR

GetResponse = Callable[[HttpRequest], HttpResponseBase]
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def scope_middleware(get_response: GetResponse) -> GetResponse:
    """Give every request its viewer, and one transaction with that viewer's scope around the view and its rendering."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        session: Any = request.session
        session.remembers = request.method in {"GET", "HEAD"}
        try:
            return answered(request)
        except Elsewise:
            session.start_over()
            return answered(request)

    def answered(request: HttpRequest) -> HttpResponseBase:
        request.viewer = viewer_of(request)  # type: ignore[attr-defined]
        if request.viewer.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:  # type: ignore[attr-defined]
            translation.activate(request.viewer.language)  # type: ignore[attr-defined]
            request.LANGUAGE_CODE = translation.get_language() or ""
        for _turn in range(TURNS):
            with applied(request.viewer.scope, once=request.viewer.once, assumed=request.session.assumed):  # type: ignore[attr-defined]
                response = get_response(request)
                if not getattr(response, "is_rendered", True):
                    response.render()  # type: ignore[attr-defined]  # outside the transaction it would see nothing
                if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    transaction.set_rollback(True)
            if not isinstance(response, StoodInTheWay):
                return response
            as_it_came(request)
        with applied(request.viewer.scope):  # type: ignore[attr-defined]
            return refused(request, busy())

    return handle


TURNS = 4
"""How often a request is tried that others stood in the way of; each try is a transaction of its own, and leaves nothing when it fails."""


class StoodInTheWay(HttpResponse):
    """What a view comes to whose transaction the database has ended so that another one may go on: it is tried again."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE


def stood_in_the_way(error: BaseException) -> bool:
    """Say whether two transactions waited for each other, and the database ended this one (40P01)."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == "40P01"


def busy() -> Conflict:
    """Return what is said when others stood in the way each time."""
    return Conflict(_("同一份档案正有很多人在写，您的没有写进去。请稍后再试一次。"))


def as_it_came(request: HttpRequest) -> None:
    """Put a request back as it came: no message of the try that failed, files at their beginning."""
    if messages := getattr(request, "_messages", None):
        messages._queued_messages = []
    for file in getattr(request, "_files", {}).values():
        file.seek(0)


def at_the_gate(get_response: GetResponse) -> GetResponse:
    """Refuse a request that is larger than anything the house takes, before anything reads it; give every answer the headers that guard it."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.LARGEST_REQUEST:
            response: HttpResponseBase = problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("一次上传的内容太多，请分几次上传，每个文件不超过 10 MB。")
            )
        else:
            response = get_response(request)
        add_headers(response, GUARDS)
        if SECURED and request.is_secure():
            add_headers(response, SECURED)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            add_headers(response, PAGE_GUARDS)
        return response

    return handle


Headers = Mapping[str, tuple[str, str]]


def headers(values: Mapping[str, str]) -> Headers:
    """Return headers ready to be added to many answers: checked and encoded here, once."""
    made = HttpResponse()
    for name in tuple(made.headers):
        del made.headers[name]
    for name, value in values.items():
        made.headers[name] = value
    return dict(made.headers._store)  # ours to read: see add_headers


def add_headers(response: HttpResponseBase, more: Headers) -> None:
    """Add headers that an answer does not bring itself.

    Django checks and encodes the name and the value of each header of each answer anew, in ten calls each; these never change.
    """
    store = response.headers._store  # ours to read: see add_headers
    for name, header in more.items():
        store.setdefault(name, header)


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who sends the request, from the one query that loaded the session."""
    door: Door = "api" if request.path.startswith("/api/") else "page"
    address = address_of(request)
    session = request.session
    proof = str(session.get(HASH_SESSION_KEY, ""))  # loads the session
    visit: Visit | None = getattr(session, "visit", None)
    if visit is None or visit.account is None or SESSION_KEY not in session:
        return Viewer.nobody(address=address, door=door)
    if not compare_digest(proof.encode(), proof_of(visit.account.password).encode()):
        return Viewer.nobody(address=address, door=door)  # the password has changed since
    request._cached_user = visit.account  # type: ignore[attr-defined]  # what request.user would ask the database for again
    return with_request(
        visit.viewer(second_factor=SECOND_FACTOR in session),
        address=address,
        door=door,
        once=once_of(request),
        seat=int(session.get("seat", 0)),
    )


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from: what the outermost of our own proxies saw, never what the sender wrote before it."""
    passed = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.PROXIES and len(passed) >= settings.PROXIES:
        return str(passed[-settings.PROXIES])[:64]
    return str(request.META.get("REMOTE_ADDR", ""))


def once_of(request: HttpRequest) -> UUID | None:
    """Return the request's idempotency key: the header, or the hidden field of a form."""
    if request.method != "POST":
        return None
    given = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if given is None and request.content_type in FORMS:
        given = request.POST.get("once")
    try:
        return UUID(given) if given else None
    except ValueError:
        return None


def has_nul(request: HttpRequest) -> bool:
    """Say whether a request carries the one character that no text in PostgreSQL may hold."""
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return True
    if request.method in {"GET", "HEAD"}:
        return False
    if request.content_type in FORMS:
        return any("\0" in value for _name, values in request.POST.lists() for value in values)
    if request.content_type != "application/json":
        return False
    body = request.body
    return b"\\u0000" in body or b"\0" in body


class RefusalMiddleware:
    """Turn a refusal into an answer in the user's words: a page, a fragment, or a problem document (RFC 9457)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Refuse what nobody types and no column could hold."""
        if has_nul(request):
            return refused(request, Refusal(_("格式不对。")))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; have tried again what others stood in the way of; let anything else rise."""
        if stood_in_the_way(exception):
            return StoodInTheWay()
        if not isinstance(exception, Refusal):
            return None
        return refused(request, exception)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the answer to a refused request."""
    if request.path.startswith("/api/"):
        return refusal_problem(refusal)
    response = error_page(request, refusal.status, refusal.message, refusal.details)
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def private_answers(get_response: GetResponse) -> GetResponse:
    """Let nothing between us and who has signed in keep an answer, and no browser after they have left a shared desk."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.viewer.is_known:  # type: ignore[attr-defined]
            keep_private(response)
        return response

    return answer


def keep_private(response: HttpResponseBase) -> None:
    """Say that an answer is for nobody else."""
    add_headers(response, PRIVATE)


CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

GUARDS = headers(
    {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)
SECURED = headers({"Strict-Transport-Security": f"max-age={settings.HSTS_SECONDS}"} if settings.HSTS_SECONDS else {})
PAGE_GUARDS = headers({"Content-Security-Policy": CONTENT_POLICY})
PRIVATE = headers({"Cache-Control": "private, no-store"})
