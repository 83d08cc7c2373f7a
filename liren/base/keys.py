"""Secrets come from the environment or from a key file with mode 600, never from the database."""

import os
import secrets
from pathlib import Path


def secret(name: str, home: Path) -> str:
    """Return the secret called ``name``: from ``LIREN_KEY_<NAME>``, else from ``keys/<name>`` in the data folder, made on first use."""
    if given := os.environ.get(f"LIREN_KEY_{name.upper()}"):
        return given
    path = home / "keys" / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{name}.{os.getpid()}")
    made.touch(mode=0o600)
    made.write_text(secrets.token_hex(32))
    try:
        os.link(made, path)  # the first of several starting processes wins
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text().strip()
