"""Personal data at rest: SM4-GCM with numbered keys that can be rotated, and HMAC-SM3 blind indexes for exact look-up."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from liren.base.keys import secret

KEY_BYTES = 2  # key number, big-endian
NONCE_BYTES = 12
TAG_BYTES = 16
BLIND_BYTES = 16
DRAWN = 256  # nonces at once

_KEY_FILE = re.compile(r"seal(\d+)")
_KEY_VARIABLE = re.compile(r"LIREN_KEY_SEAL(\d+)")


class BrokenSealError(Exception):
    """A stored value cannot be opened: it was altered, belongs elsewhere, or its key is missing."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The numbered sealing keys and the pepper of the blind indexes; new values are sealed with the highest number."""

    keys: Mapping[int, bytes]
    pepper: bytes

    @property
    def current(self) -> int:
        """Return the number of the key that seals new values."""
        return max(self.keys)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return key number + nonce + ciphertext + tag, bound to ``context`` (``table.column``)."""
        number = self.current
        nonce = os.urandom(NONCE_BYTES)
        sealer = Cipher(_sm4(self.keys[number]), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(context.encode())
        return number.to_bytes(KEY_BYTES, "big") + nonce + sealer.update(plain) + sealer.finalize() + sealer.tag

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the plain value; raise BrokenSealError when it was altered, moved to another column or its key is missing."""
        number = key_number(sealed)
        key = self.keys.get(number)
        if key is None or len(sealed) < KEY_BYTES + NONCE_BYTES + TAG_BYTES:
            raise BrokenSealError(f"no key {number} for {context}")
        body = KEY_BYTES + NONCE_BYTES
        opener = Cipher(_sm4(key), modes.GCM(sealed[KEY_BYTES:body], sealed[-TAG_BYTES:])).decryptor()
        opener.authenticate_additional_data(context.encode())
        try:
            return opener.update(sealed[body:-TAG_BYTES]) + opener.finalize()
        except InvalidTag as error:
            raise BrokenSealError(f"altered value in {context}") from error

    def sealer(self, context: str) -> Callable[[bytes], bytes]:
        """Return ``seal`` for thousands of values of one column: made for one piece of work, never kept, since it draws nonces ahead."""
        number = self.current
        key, head, bound, urandom = (
            _sm4(self.keys[number]),
            number.to_bytes(KEY_BYTES, "big"),
            context.encode(),
            os.urandom,
        )
        nonces: list[bytes] = []
        cipher = Cipher(key, modes.GCM(bytes(NONCE_BYTES)))  # checked once: of key and mode only the nonce changes

        def seal(plain: bytes) -> bytes:
            if not nonces:
                drawn = urandom(NONCE_BYTES * DRAWN)
                nonces.extend(drawn[place : place + NONCE_BYTES] for place in range(0, len(drawn), NONCE_BYTES))
            nonce = nonces.pop()
            cipher.mode = modes.GCM(nonce)
            sealer = cipher.encryptor()
            sealer.authenticate_additional_data(bound)
            return b"".join((head, nonce, sealer.update(plain), sealer.finalize(), sealer.tag))

        return seal

    def blinder(self, context: str) -> Callable[[str], bytes]:
        """Return ``blind`` for thousands of values of one column."""
        counter = _counter(self.pepper, context)

        def blind(plain: str) -> bytes:
            copied = counter.copy()
            copied.update(plain.encode())
            return copied.finalize()[:BLIND_BYTES]

        return blind

    def is_stale(self, sealed: bytes) -> bool:
        """Say whether a value was sealed with a key that has been rotated out."""
        return key_number(sealed) != self.current

    def blind(self, plain: str, context: str) -> bytes:
        """Return the 16-byte blind index of a value in one column; equal values of other columns differ."""
        counter = _counter(self.pepper, context).copy()  # half of the work is in the key, which stays the same
        counter.update(plain.encode())
        return counter.finalize()[:BLIND_BYTES]


def key_number(sealed: bytes) -> int:
    """Return the number of the key that sealed a value."""
    return int.from_bytes(sealed[:KEY_BYTES], "big")


def load_ring(home: Path) -> KeyRing:
    """Read the ring from ``LIREN_KEY_SEAL<n>`` or from ``keys/seal<n>`` in the data folder; key 1 is made on first use."""
    numbers = {int(found[1]) for name in os.environ if (found := _KEY_VARIABLE.fullmatch(name))}
    if (home / "keys").is_dir():
        numbers |= {int(found[1]) for path in (home / "keys").iterdir() if (found := _KEY_FILE.fullmatch(path.name))}
    return KeyRing(
        {number: _derive(secret(f"seal{number}", home), b"seal", 16) for number in sorted(numbers or {1})},
        _derive(secret("blind", home), b"blind", 32),
    )


def rotate(home: Path) -> int:
    """Add a key to the folder and return its number; old values stay readable and are resealed as they are written again."""
    number = load_ring(home).current + 1
    secret(f"seal{number}", home)
    ring.cache_clear()
    return number


@lru_cache(maxsize=1)
def ring() -> KeyRing:
    """Return this process's key ring, as read when it was first needed or a value asked for a newer key."""
    return load_ring(Path(settings.HOME))


def _derive(material: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SM3(), length=length, salt=None, info=b"liren " + purpose).derive(material.encode())


@lru_cache(maxsize=64)
def _sm4(key: bytes) -> algorithms.SM4:
    return algorithms.SM4(key)


@lru_cache(maxsize=64)
def _counter(pepper: bytes, context: str) -> HMAC:
    """Return the HMAC of a column, ready to be copied."""
    of_context = HMAC(pepper, SM3())
    of_context.update(context.encode())
    return HMAC(of_context.finalize(), SM3())
