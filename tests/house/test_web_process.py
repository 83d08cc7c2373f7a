"""What a web process loads: it answers pages, and what only jobs need would cost memory in each of them."""

import json
import os
import subprocess
import sys

FOR_JOBS_ONLY = frozenset(
    {"duckdb", "splink", "pyarrow", "sqlglot", "pandas", "numpy", "altair", "igraph", "sqlalchemy", "pymysql", "python_calamine",
     "openpyxl", "xlrd", "pyxlsb", "chinese_calendar"}
)  # fmt: skip
FOR_TESTS_ONLY = frozenset({"pytest", "_pytest", "hypothesis", "playwright", "schemathesis", "babel"})
LOAD = "import sys, json, liren.conf.wsgi; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


def loaded(code: str) -> set[str]:
    """Return the packages that a new process has loaded after some code."""
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "liren.conf.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(made.stdout.splitlines()[-1]))


def test_a_web_process_loads_nothing_that_only_jobs_or_tests_need() -> None:
    packages = loaded(LOAD)

    assert packages & FOR_JOBS_ONLY == set()
    assert packages & FOR_TESTS_ONLY == set()
    assert "django" in packages
