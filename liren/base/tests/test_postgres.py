"""The embedded server's life: made once, started again after any death, one way in."""

import os
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import psycopg
import pytest

from liren.base.postgres import TEST_SETTINGS, Cluster, ClusterError


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    # not pytest's own folder: as root, the server runs as an ordinary user, who has to reach it
    with TemporaryDirectory(prefix="liren-") as folder:
        Path(folder).chmod(0o755)
        made = Cluster(Path(folder))
        yield made
        made.stop()


def test_the_server_starts_answers_and_stops(cluster: Cluster) -> None:
    pid = cluster.start()
    urls = cluster.prepare()

    with psycopg.connect(urls["app"]) as connection:
        assert connection.execute("SELECT current_user, 1").fetchone() == ("app", 1)
    assert cluster.running() == pid
    assert cluster.start() == pid
    assert cluster.stop()
    assert cluster.running() is None
    assert not cluster.stop()


def test_nobody_gets_in_without_a_password_and_nobody_but_the_owner_reads_it(cluster: Cluster) -> None:
    cluster.start()
    urls = cluster.prepare()

    assert stat.S_IMODE(cluster.written.stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(cluster.sockets), user="app", dbname="liren")
    with psycopg.connect(urls["app"]) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_killed_server_is_recovered_though_its_number_now_belongs_to_a_stranger(cluster: Cluster) -> None:
    pid = cluster.start()
    cluster.prepare()
    with psycopg.connect(cluster.urls()["owner"], autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(pid, signal.SIGKILL)
    while cluster.running() is not None:
        time.sleep(0.01)
    stale = cluster.data / "postmaster.pid"
    lines = stale.read_text().splitlines()
    stale.write_text("\n".join(["1", *lines[1:]]) + "\n")

    assert cluster.start() != pid
    with psycopg.connect(cluster.urls()["app"]) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'kept'").fetchone() == (1,)


def test_what_a_killed_server_left_at_work_is_ended_before_another_starts(cluster: Cluster) -> None:
    pid = cluster.start()
    urls = cluster.prepare()
    with psycopg.connect(urls["owner"], autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (number int)")
    acknowledged: list[int] = []

    def write() -> None:  # never waits, and so never notices that its server is gone
        with psycopg.connect(urls["owner"], autocommit=True) as connection, suppress(psycopg.Error):
            for number in count():
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
                acknowledged.append(number)

    writer = Thread(target=write)
    writer.start()
    while len(acknowledged) < 100:
        time.sleep(0.01)

    os.kill(pid, signal.SIGKILL)
    while cluster.running() is not None:
        time.sleep(0.01)
    assert cluster.start() != pid

    writer.join(10)
    assert not writer.is_alive()
    with psycopg.connect(urls["owner"]) as connection:
        kept = {number for (number,) in connection.execute("SELECT number FROM kept")}
    assert set(acknowledged) <= kept


def test_a_lost_password_file_is_made_anew(cluster: Cluster) -> None:
    cluster.start()
    before = cluster.prepare()
    cluster.written.unlink()

    after = cluster.prepare()

    assert after != before
    psycopg.connect(after["owner"]).close()


def test_an_initdb_that_was_killed_halfway_is_begun_again(cluster: Cluster) -> None:
    (cluster.data / "base").mkdir(parents=True)

    cluster.start()

    assert (cluster.data / "PG_VERSION").exists()


def test_a_server_that_cannot_start_says_why(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    with (cluster.data / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")

    with pytest.raises(ClusterError, match="no_such_setting"):
        cluster.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_data_folder_that_the_servers_account_cannot_reach_is_kept_elsewhere(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o700)
    cluster = Cluster(locked / "home", settings=TEST_SETTINGS)

    cluster.start()

    assert cluster.data.is_symlink()
    assert cluster.running()
    assert cluster.stop()
    moved = cluster.data.resolve()
    for path in sorted(moved.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    moved.rmdir()
