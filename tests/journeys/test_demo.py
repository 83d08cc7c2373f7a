"""``liren demo --once`` does all by itself: it fills an empty data folder, plays the story over HTTP and says so in demo.json."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = {"province": 31, "city": 342, "county": 2978, "township": 41352, "community": 620573}


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="liren-demo-", dir="/var/tmp"
    ) as folder:  # reachable for the server's account
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.xdist_group("installation")
def test_the_demo_plays_the_whole_story_and_reports_it(home: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "LIREN_OWNER_URL"}}
    command = [sys.executable, "-m", "liren", "demo", "--once", "--port", "8461", "--people", "2600", "--cases", "60"]

    played = subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, "LIREN_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert played.returncode == 0, played.stdout[-4000:] + played.stderr[-2000:]
    report = json.loads((home / "demo.json").read_text())
    assert report["places"] == PLACES
    assert report["story"]["ok"]
    assert all(step["seconds"] >= 0 and "error" not in step for step in report["story"]["steps"])
    assert any(step["name"].startswith("导入") for step in report["story"]["steps"])
    assert re.search(r"\d+ 行 = 已写入 \d+ \+ 没有变化 \d+ \+ 等着写入 0 \+ 待定 0 \+ 退回 \d+", played.stdout)
    assert len(report["pilots"]) == 26
    assert report["pilots"]["江宁区江宁街道牌坊社区"]["code"] == "320115006205"
    assert {len(found["code"]) for found in report["pilots"].values() if found["code"]} == {12}
