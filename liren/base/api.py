"""What every room's API is made of: a router whose operations say who may call them, ids as strings, pages by key, problems."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

import ninja
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer
from pydantic import BaseModel, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError, to_json

from liren.base.capabilities import Capability
from liren.base.doors import Door, Who
from liren.base.errors import Forbidden, Refusal, TooMany

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


LARGEST_ID = 2**63 - 1


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= LARGEST_ID:
        return int(value)
    raise PydanticCustomError("string_pattern_mismatch", "not an id")


Id = Annotated[
    int,
    BeforeValidator(_number),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["372183942176051200"]}),
]
"""A 64-bit id: a number in Python, a string in JSON, where larger numbers than 2**53 lose digits."""


class Sent(BaseModel):
    """What is sent to an operation: JSON as it is. A ``ninja.Schema`` asks each value through what it needs to read rows."""


class Page(ninja.Schema, Generic[T]):
    """One page of a list in a fixed order; ``next`` goes into the query ``after`` of the next page, null on the last one."""

    items: list[T]
    next: str | None = None


def cursor(*key: int | str) -> str:
    """Return an opaque cursor for the sort key of a page's last row."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).rstrip(b"=").decode()


def read_cursor(text: str | None, *kinds: type[int] | type[str]) -> tuple[Any, ...] | None:
    """Return the sort key of a cursor, nothing for no cursor; refuse one whose parts are not of ``kinds``."""
    if not text:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if isinstance(key, list) and [type(part) for part in key] == list(kinds):
            return tuple(key)
    except (binascii.Error, ValueError):
        pass
    raise Refusal(_("翻页的位置不对，请回到第一页重新查看。"), field="after")


def answer(value: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return JSON as it is: for what is asked for or done many times a second and comes from our own tables.

    To check each line against the operation's schema and to copy it twice costs more than to find it; a test holds the lines of
    each such list against the schema instead.
    """
    return _json(to_json(value), status)


def written_page(items: Sequence[str], following: str | None) -> HttpResponse:
    """Return a ``Page`` of items that PostgreSQL has written as JSON; ``following`` is the cursor of the next page."""
    return _json(f'{{"items":[{",".join(items)}],"next":{json.dumps(following)}}}'.encode())


def _json(text: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="application/json; charset=utf-8")


PROBLEM: dict[str, Any] = {
    "description": "A problem document (RFC 9457).",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                        },
                    },
                },
            }
        }
    },
}


SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
TOKENS = CsrfViewMiddleware(lambda _request: HttpResponse())


class Signed(APIKeyCookie):
    """Lets in who has signed in and may; the session's cookie is the key, so unsafe methods need the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, door: Door) -> None:
        super().__init__()
        self.door = door
        self.openapi_name = "session"

    def __call__(self, request: HttpRequest) -> Any:
        """Return the viewer whose browser sent the token of its pages along."""
        viewer: Any = request.viewer  # type: ignore[attr-defined]
        if viewer.token or not viewer.is_known:  # another system, which ``Machine`` lets in, or nobody
            return None
        if request.method not in SAFE:
            request.csrf_processing_done = False  # type: ignore[attr-defined]  # by Django's chain, which lets the API pass
            TOKENS.process_request(request)
            if TOKENS.process_view(request, self.authenticate, (), {}) is not None:
                raise HttpError(HTTPStatus.FORBIDDEN, "CSRF")
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the viewer; nothing when nobody has signed in; raise ``Forbidden`` for the wrong face or post."""
        return entered(request, self.door)


class Machine(HttpBearer):
    """Lets another system in by the token in ``Authorization``; no page of a stranger can send that header, so it needs no CSRF token."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self.door = door
        self.openapi_name = "token"

    def __call__(self, request: HttpRequest) -> Any:
        """Return the viewer when it was a token that said who calls."""
        return entered(request, self.door) if request.viewer.token else None  # type: ignore[attr-defined]

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the viewer; the token was looked up when the call came in."""
        return entered(request, self.door)


def entered(request: HttpRequest, door: Door) -> Any:
    """Return the viewer; nothing when nobody has signed in; raise ``Forbidden`` for the wrong face or post."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.is_known:
        return None
    who, capability = door.who, door.capability
    if (who == "staff" and not viewer.is_staff) or (who == "resident" and viewer.is_staff):
        raise Forbidden(_("这个接口给另一类用户使用。"))
    if capability is not None and not viewer.may(capability):
        raise Forbidden(_("您的岗位不能“%(what)s”。如需办理，请联系本单位安全管理员。") % {"what": capability.title})
    return viewer


class Router(ninja.Router):
    """A room's operations. Each names the capability it needs, or says who else may call it (``public``: everybody)."""

    def operation(
        self,
        methods: Sequence[str],
        path: str,
        *,
        capability: Capability | None = None,
        who: Who = "known",
        openapi_extra: dict[str, Any] | None = None,
        **options: Any,
    ) -> Callable[[View], View]:
        """Add an operation under ``path``; ``options`` are those of ``ninja.Router.get``."""
        door = Door(who, capability)
        extra = {"responses": {"4XX": PROBLEM}} | dict(openapi_extra or {}) | {"x-who": who}
        if capability is not None:
            extra["x-capability"] = capability.code
        add: Callable[[View], View] = self.api_operation(
            list(methods),
            path,
            auth=None if who == "public" else [Signed(door), Machine(door)],
            openapi_extra=extra,
            **options,
        )

        def decorate(view: View) -> View:
            view.door = door  # type: ignore[attr-defined]  # where the house's tests look, as on a page
            return add(view)

        return decorate

    def get(self, path: str, **options: Any) -> Callable[[View], View]:
        """Add a GET operation."""
        return self.operation(["GET"], path, **options)

    def post(self, path: str, **options: Any) -> Callable[[View], View]:
        """Add a POST operation; it honours the header ``Idempotency-Key``."""
        return self.operation(["POST"], path, **options)

    def put(self, path: str, **options: Any) -> Callable[[View], View]:
        """Add a PUT operation."""
        return self.operation(["PUT"], path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[View], View]:
        """Add a PATCH operation."""
        return self.operation(["PATCH"], path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[View], View]:
        """Add a DELETE operation."""
        return self.operation(["DELETE"], path, **options)


def problem(
    status: int, title: str, *, errors: Sequence[Mapping[str, str]] = (), details: Sequence[str] = ()
) -> HttpResponse:
    """Return a problem document (RFC 9457); ``errors`` name fields, ``details`` are further sentences."""
    body: dict[str, Any] = {
        "type": f"urn:liren:problem:{HTTPStatus(status).name.lower().replace('_', '-')}",
        "title": title,
        "status": status,
    }
    if details:
        body["detail"] = "\n".join(details)
    if errors:
        body["errors"] = list(errors)
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json; charset=utf-8"
    )


def refusal_problem(refusal: Refusal) -> HttpResponse:
    """Return the problem document of a refusal."""
    errors = [{"field": field, "message": message} for field, message in refusal.errors.items()]
    response = problem(refusal.status, refusal.message, errors=errors, details=refusal.details)
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def http_problem(error: HttpError) -> HttpResponse:
    """Return the problem document of what the API library itself refuses."""
    words = {
        HTTPStatus.BAD_REQUEST: _("请求的内容读不出来，请检查 JSON 格式。"),
        HTTPStatus.UNAUTHORIZED: _("请先登录。"),
        HTTPStatus.FORBIDDEN: _("页面已过期，请刷新后再试。"),  # only the CSRF check answers so
    }
    return problem(error.status_code, words.get(HTTPStatus(error.status_code), error.message))


def invalid_problem(found: Sequence[Mapping[str, Any]]) -> HttpResponse:
    """Return the problem document of input that does not fit the schema, one entry for each field."""
    errors = [{"field": _field(error["loc"]), "message": sentence(error)} for error in found]
    return problem(422, _("有 %(n)d 处填写不对，请改正后再提交。") % {"n": len(errors)}, errors=errors)


def _field(location: Sequence[Any]) -> str:
    """Return a field's name as the sender wrote it: without where it came from and the operation's own argument."""
    parts = [str(part) for part in location]
    return ".".join(parts[2:] if parts[:1] == ["body"] and len(parts) > 2 else parts[1:]) or ".".join(parts)


def sentence(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, in words for who filled it in."""
    kind, given = str(error["type"]), dict(error.get("ctx", {}))
    words: dict[str, str] = {
        "missing": _("请填写这一项。"),
        "extra_forbidden": _("没有这一项，请去掉。"),
        "string_too_short": _("至少要 %(min_length)s 个字。"),
        "string_too_long": _("最多 %(max_length)s 个字。"),
        "string_pattern_mismatch": _("格式不对。"),
        "string_type": _("这里要填文字。"),
        "bool_parsing": _("请选择是或否。"),
        "enum": _("请从给出的选项里选择。"),
        "literal_error": _("请从给出的选项里选择。"),
        "greater_than": _("要大于 %(gt)s。"),
        "greater_than_equal": _("不能小于 %(ge)s。"),
        "less_than": _("要小于 %(lt)s。"),
        "less_than_equal": _("不能大于 %(le)s。"),
        "json_invalid": _("请求的内容读不出来，请检查 JSON 格式。"),
        "uuid_parsing": _("格式不对。"),
    }
    if kind in words:
        return words[kind] % given if "%(" in words[kind] else words[kind]
    if kind.startswith(("int", "float", "decimal")):
        return _("这里要填数字。")
    if kind.startswith(("date", "time")):
        return _("日期不对，请按 2026-09-03 的样子填写。")
    return _("这一项填写不对。")
