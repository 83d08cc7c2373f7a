"""Reading from the house's side: start the process, pass its rows on, turn its end into a refusal, and end it in time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from threading import Timer
from typing import Any

from liren.base.remote.specs import Api, Database
from liren.base.remote.stops import refusal

Remote = Database | Api
KEPT = frozenset({"PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be read: rows, characters, seconds. With ``stops`` reading ends quietly at the last row, for a first look."""

    rows: int = 1_000_000
    size: int = 200 * 2**20
    seconds: int = 1_800
    stops: bool = False


@dataclass(slots=True)
class Rows:
    """What comes from another system: iterate for the rows; ``heads`` are the columns met so far, further ones come at the end."""

    source: Iterator[Any]
    heads: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[list[str | None]]:
        """Yield the rows, each as long as the heads were then."""
        for line in self.source:
            if isinstance(line, dict):
                self.heads = line["heads"]
            else:
                yield line


def read(remote: Remote, *, reach: str, limits: Limits) -> Rows:
    """Read rows of another system; raise ``RemoteRefusal`` where it, or what it answers, does not allow that."""
    return Rows(_lines(remote, reach, limits))


def _lines(remote: Remote, reach: str, limits: Limits) -> Iterator[Any]:
    given = {
        "kind": "database" if isinstance(remote, Database) else "api", "spec": asdict(remote), "reach": reach, "rows": limits.rows,
        "size": limits.size, "seconds": limits.seconds, "stops": limits.stops,
    }  # fmt: skip
    command = [sys.executable, "-m", "liren.base.remote.child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_quiet()) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        late: list[bool] = []

        def end() -> None:
            late.append(True)
            child.kill()

        clock = Timer(limits.seconds, end)
        clock.start()
        found: dict[str, Any] = {}
        try:
            child.stdin.write(json.dumps(given).encode() + b"\n")
            child.stdin.close()
            for line in child.stdout:
                if not line.endswith(b"\n"):
                    break
                found = json.loads(line) if line.startswith(b"{") else {}
                if "end" in found:
                    break
                yield found or json.loads(line)
        except BrokenPipeError:
            found = {}
        finally:
            clock.cancel()
            child.kill()
            child.wait()
        if found.get("end") is not True:
            if late:
                raise refusal("time", {"seconds": limits.seconds})
            raise refusal(found.get("end", "child"), found.get("values", {}))


def _quiet() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONIOENCODING": "utf-8"}
