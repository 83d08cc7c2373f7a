"""Contents of files on disk, named by their SM3 digest, written so that nothing acknowledged is lost.

The folder lies outside anything a web server shows. Contents are plain here: encrypt the disk. A content is written, and
forced to the disk, before the row that names it commits; a content that no row names is swept after a day.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives import hashes

BATCH = 500


class Blobs:
    """A folder of contents."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Return where a content lies: two levels of 256 folders."""
        return self.root / digest[:2] / digest[2:4] / digest

    def put(self, content: bytes) -> str:
        """Keep a content and return its digest; the same content twice is one file, fresh again for the sweep."""
        digest = sm3(content)
        path = self.path(digest)
        with self._lock(fcntl.LOCK_SH):
            if _refreshed(path, len(content)):
                return digest
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial = path.with_name(f".{digest}.{secrets.token_hex(4)}")
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
            for folder in (path.parent, path.parent.parent, self.root):
                _fsync_folder(folder)
        return digest

    def get(self, digest: str) -> bytes:
        """Return a content; raise ``FileNotFoundError`` when it is not there."""
        return self.path(digest).read_bytes()

    def sweep(self, *, before: float, named: Callable[[list[str]], set[str]]) -> int:
        """Remove what was written before a moment (seconds since 1970) and that no row names; return how many.

        ``named`` gets digests and returns those that rows name. A content that is put again meanwhile is fresh and stays.
        """
        removed = 0
        for batch in self._old(before):
            kept = named([path.name for path in batch if not path.name.startswith(".")])
            for path in batch:
                if path.name in kept:
                    continue
                with self._lock(fcntl.LOCK_EX), suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        path.unlink()
                        removed += 1
        return removed

    def _old(self, before: float) -> Iterator[list[Path]]:
        batch: list[Path] = []
        for path in self.root.glob("??/??/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    batch.append(path)
            if len(batch) >= BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.root / ".lock").open("a") as lock:
            fcntl.flock(lock, kind)
            yield


def sm3(content: bytes) -> str:
    """Return the SM3 digest (GB/T 32905) in hexadecimal."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize().hex()


def _refreshed(path: Path, size: int) -> bool:
    """Say whether the content is there whole already, and make it new for the sweep."""
    try:
        if path.stat().st_size != size:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
