"""``liren demo``: bring an installation up, let ``play`` fill it and tell the story, then leave it running or end it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from liren.base.processes import die_with_parent
from liren.conf.supervisor import say

USUAL_PORT = 8000


def demo(home: Path, *, port: int | None, once: bool, rest: Sequence[str]) -> int:
    """Play the demonstration on ``home``; return the story's exit status, at once with ``once``, else when the server is stopped."""
    os.environ.update({"LIREN_HOME": str(home), "LIREN_DEMO": "1"})
    chosen = port or (USUAL_PORT if _is_free(USUAL_PORT) else _free())
    liren = [sys.executable, "-m", "liren"]
    asked_to_stop = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with subprocess.Popen(
        [*liren, "up", "--port", str(chosen)], start_new_session=True, preexec_fn=die_with_parent  # noqa: PLW1509
    ) as server:  # fmt: skip
        try:
            url = _url_when_up(home, server)
            if url is None or asked_to_stop:
                return server.returncode or 1
            story = subprocess.Popen([sys.executable, "-m", "liren.conf.demo.play", "--url", url, *rest])
            while story.poll() is None:
                if asked_to_stop:
                    story.terminate()
                time.sleep(0.1)
            if not once and not asked_to_stop:
                say(f"里仁继续运行 Liren stays up: {url}   (Ctrl-C 停止 stops it)")
            while not once and not asked_to_stop and server.poll() is None:
                time.sleep(0.1)
            return story.returncode
        finally:
            if server.poll() is None:
                server.terminate()
                server.wait()


def _url_when_up(home: Path, server: subprocess.Popen[bytes]) -> str | None:
    """Return the address once the server answers; None when it has ended."""
    told = home / "run" / "up.json"
    while server.poll() is None:
        time.sleep(0.1)
        try:
            up = json.loads(told.read_text())
            if up["pid"] != server.pid:
                continue
            with urlopen(f"{up['url']}healthz", timeout=2):  # noqa: S310
                return str(up["url"])
        except (FileNotFoundError, ValueError, URLError, OSError):
            continue
    return None


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
