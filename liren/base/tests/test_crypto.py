"""Sealed values open only where and with what they were sealed; blind indexes tell nothing across columns."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.base.crypto import BrokenSealError, KeyRing, load_ring, rotate

RING = KeyRing({1: b"1" * 16, 2: b"2" * 16}, b"p" * 32)


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again(plain: bytes) -> None:
    assert RING.open(RING.seal(plain, "person.id_number"), "person.id_number") == plain


@given(st.integers(0, 500), st.integers(1, 255))
def test_an_altered_value_does_not_open(place: int, change: int) -> None:
    sealed = bytearray(RING.seal(b"320115199001011234", "person.id_number"))
    sealed[place % len(sealed)] ^= change

    with pytest.raises(BrokenSealError):
        RING.open(bytes(sealed), "person.id_number")


def test_a_value_moved_to_another_column_does_not_open() -> None:
    sealed = RING.seal(b"320115199001011234", "person.id_number")

    with pytest.raises(BrokenSealError):
        RING.open(sealed, "phone.number")


def test_a_cut_value_does_not_open() -> None:
    with pytest.raises(BrokenSealError):
        RING.open(RING.seal(b"x", "a.b")[:10], "a.b")


def test_equal_values_look_different_when_sealed_and_equal_when_blind() -> None:
    assert RING.seal(b"same", "a.b") != RING.seal(b"same", "a.b")
    assert RING.blind("same", "a.b") == RING.blind("same", "a.b")
    assert RING.blind("same", "a.b") != RING.blind("same", "a.c")
    assert len(RING.blind("same", "a.b")) == 16


def test_thousands_of_values_are_sealed_and_blinded_like_one_each_with_a_nonce_of_its_own() -> None:
    seal, blind = RING.sealer("person.id_number"), RING.blinder("person.id_number")

    sealed = [seal(b"320115199001011234") for _ in range(1000)]

    assert {RING.open(one, "person.id_number") for one in sealed} == {b"320115199001011234"}
    assert len({one[2:14] for one in sealed}) == len(sealed)
    assert blind("320115199001011234") == RING.blind("320115199001011234", "person.id_number")


def test_rotation_keeps_old_values_readable_and_seals_new_ones_with_the_new_key(tmp_path: Path) -> None:
    before = load_ring(tmp_path)
    old = before.seal(b"13812345678", "phone.number")
    blind = before.blind("13812345678", "phone.number")

    number = rotate(tmp_path)
    after = load_ring(tmp_path)

    assert number == after.current == 2
    assert after.open(old, "phone.number") == b"13812345678"
    assert after.is_stale(old)
    assert not after.is_stale(after.seal(b"13812345678", "phone.number"))
    assert after.blind("13812345678", "phone.number") == blind
    with pytest.raises(BrokenSealError):
        before.open(after.seal(b"13812345678", "phone.number"), "phone.number")


def test_keys_may_come_from_the_environment_and_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIREN_KEY_SEAL7", "a secret of the house")
    monkeypatch.setenv("LIREN_KEY_BLIND", "another secret")

    ring = load_ring(tmp_path)

    assert ring.current == 7
    assert list(tmp_path.iterdir()) == []


def test_key_files_are_for_their_owner_only(tmp_path: Path) -> None:
    load_ring(tmp_path)

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
