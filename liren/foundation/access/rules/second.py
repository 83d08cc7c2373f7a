"""The second factor: time-based codes of RFC 6238 (30 seconds, 6 digits), and recovery codes for a lost phone."""

import base64
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
TOLERANCE = 1  # steps before and after: clocks of phones are a little off
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10
ISSUER = "里仁"


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  what every authenticator speaks


def step_of(at: datetime) -> int:
    """Return the number of the half minute."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """Return the code of a half minute."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def matching_step(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """Return the half minute to which ``code`` belongs, if it is about now and later than ``after``: no code counts twice."""
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    now = step_of(at)
    for step in (now, now - TOLERANCE, now + TOLERANCE):
        if step <= after:
            continue
        try:
            _totp(secret).verify(code.encode(), step * STEP_SECONDS)  # compares in constant time
        except InvalidToken:
            continue
        return step
    return None


def setup_address(secret: str, username: str) -> str:
    """Return the ``otpauth`` address that an authenticator reads from the QR code."""
    return f"otpauth://totp/{quote(ISSUER)}:{quote(username)}?{urlencode({'secret': secret, 'issuer': ISSUER}, quote_via=quote)}"


def spelled(secret: str) -> str:
    """Return a secret in groups of four, to be typed."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
