"""Packs are loaded whole or not at all; a changed pack becomes a new version and the old one stays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction

from liren.foundation.access.models import Post
from liren.foundation.policies import queries
from liren.foundation.policies.actions import PackFaults, load
from liren.foundation.policies.models import Pack, PackItem
from liren.foundation.policies.tests.writing import write_pack

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
ON = date(2026, 3, 2)

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def test_the_shipped_packs_are_loaded_once() -> None:
    again = load(at=AT)

    assert {one.code for one in again} >= {"national/base", "jiangsu/2015-rural-pilot"}
    assert not any(one.changed for one in again)


def test_a_pack_is_loaded_with_its_items_and_lines(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, terms={"visit-days": 30})

    (loaded,) = load(folder, at=AT)

    row = PackItem.objects.get(pack__code="test/one", code="visit-days")
    assert loaded.changed
    assert (row.kind, row.file, row.line, row.verified) == ("term", "test/one/terms.yaml", 3, False)
    assert row.body["figure"]["value"] == 30


def test_a_changed_pack_becomes_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    load(write_pack(tmp_path, terms={"visit-days": 30}), at=AT)
    old = PackItem.objects.get(pack__code="test/one", code="visit-days")

    (loaded,) = load(write_pack(tmp_path, terms={"visit-days": 20}), at=AT)

    assert (loaded.revision, loaded.changed) == (2, True)
    assert queries.item_by_id(old.pk).body["figure"]["value"] == 30


def test_comments_and_order_of_keys_make_no_new_version(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, terms={"visit-days": 30})
    load(folder, at=AT)
    terms = folder / "terms.yaml"
    terms.write_text("# nothing new\n" + terms.read_text())

    (loaded,) = load(folder, at=AT)

    assert (loaded.revision, loaded.changed) == (1, False)


def test_one_wrong_pack_keeps_every_pack_out(tmp_path: Path) -> None:
    good = write_pack(tmp_path, code="test/good", terms={"visit-days": 30})
    bad = write_pack(tmp_path, code="test/bad", terms={"visit-days": "many"})

    with pytest.raises(PackFaults) as refusal:
        load(good, bad, at=AT)

    assert not Pack.objects.filter(code__startswith="test/").exists()
    assert refusal.value.details == (
        "test/bad/terms.yaml 第 7 行（term visit-days）：“figure.value”应当是数，现在是“many”。",
    )


def test_the_command_says_every_fault_and_fails(tmp_path: Path) -> None:
    bad = write_pack(tmp_path, terms={"visit-days": "many", "call-days": "few"})

    with pytest.raises(CommandError) as said:
        call_command("load_packs", str(bad), verbosity=0)

    assert str(said.value).splitlines()[0] == "政策包里有 2 处错误，什么都没有载入。"
    assert len(str(said.value).splitlines()) == 3


def test_a_pack_may_refer_to_what_is_loaded_already(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, depends_on="[national/base]", clauses={"一": "matter temporary-assistance"})

    assert load(folder, at=AT)[0].changed


def test_a_pack_that_depends_on_a_pack_nobody_has_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, depends_on="[test/nobody]", terms={"visit-days": 30})

    with pytest.raises(PackFaults, match="1 处错误") as refusal:
        load(folder, at=AT)

    assert refusal.value.details == ("test/one/pack.yaml 第 9 行：依赖的政策包“test/nobody”没有，请一起载入。",)


def test_the_national_base_says_which_posts_there_are() -> None:
    auditor = Post.objects.get(code="auditor")

    assert auditor.title == "审计员"
    assert auditor.totp_required
    assert set(auditor.capabilities) == {"access.read_journal", "access.verify_journal", "commons.read_messages"}


def test_the_serving_role_cannot_write_packs() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Pack.objects.filter(code="national/base").update(title="x")
