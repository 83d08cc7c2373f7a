"""Foreseen refusals: messages in the user's words that one handler turns into pages and problem documents."""

from collections.abc import Mapping, Sequence


class Refusal(Exception):  # noqa: N818  the word on the house's glossary
    """Something foreseen that may not be done now, safe to show; ``message`` says what to do next.

    ``field`` names the input it belongs to, ``errors`` what is wrong with each of several; ``status`` is the HTTP status of
    the answer.
    """

    status = 422

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        details: Sequence[str] = (),
        errors: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = tuple(details)
        self.errors = dict(errors or ({field: message} if field else {}))


class Forbidden(Refusal):
    """The object is visible, the act is not allowed (403)."""

    status = 403


class NotFound(Refusal):
    """There is no such object inside the viewer's scope (404)."""

    status = 404


class Conflict(Refusal):
    """The object has moved on since the page was read (409)."""

    status = 409


class TooMany(Refusal):
    """Too many tries; ``retry_after`` is in seconds (429)."""

    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
