"""The bench in small: a thousand people and cases, a moment of each act, and the shape of what it writes down."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ACTS = {
    "case_submit", "case_cycle", "case_list", "case_list_page", "person_open", "person_search_name", "person_search_pinyin",
    "person_search_id", "person_search_phone", "places_search", "places_load", "match_quality",
    "import_rows", "category_recount", "category_increment", "as_of_list", "what_if",
}  # fmt: skip
FIGURES = {"p50_ms", "p95_ms", "per_s", "limit_per_s", "ratio", "n"}


@pytest.mark.slow
def test_the_bench_measures_every_act_beside_its_limit(tmp_path: Path) -> None:
    here = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "LIREN_OWNER_URL"}}
    command = [sys.executable, "-m", "liren", "bench", "--quick", "--seconds", "0.1", "--home", str(tmp_path / "bench")]

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=here, cwd=Path(__file__).parents[2])

    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads((tmp_path / "bench" / "latest.json").read_text())
    assert set(told) == ACTS
    assert all(set(row) >= FIGURES and row["n"] > 0 and row["p50_ms"] > 0 for row in told.values())
    assert told["places_load"]["n"] == 665_687
    assert told["match_quality"]["precision"] >= 0.995
    assert told["match_quality"]["recall"] >= 0.98
