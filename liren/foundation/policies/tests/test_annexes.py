"""The pilots of the Jiangsu notice have codes, each by a rule with a name."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from liren.foundation.policies.queries.annexes import annex_report, match_annex

pytestmark = pytest.mark.django_db


def test_all_pilots_are_matched_and_the_rules_are_counted() -> None:
    report = annex_report()

    assert report.counts == {
        "exact": 18,
        "renamed county": 4,
        "split character": 2,
        "社区 ↔ 村委会": 2,
        "unresolved": 0,
    }


def test_the_pilots_are_keyed_as_the_annex_writes_them() -> None:
    found = match_annex()

    assert len(found) == 26
    assert found["江宁区江宁街道牌坊社区"] == {"code": "320115006205", "how": "社区 ↔ 村委会"}
    assert found["江宁区江宁街道天然社区"]["code"] == "320115006208"
    assert found["宜兴市湖氵父镇大东村"] == {"code": "320282113204", "how": "split character"}


def test_the_report_is_printed_with_its_counts() -> None:
    out = StringIO()

    call_command("match_annex", stdout=out)

    assert out.getvalue().splitlines()[-1] == (
        "exact: 18, renamed county: 4, split character: 2, 社区 ↔ 村委会: 2, unresolved: 0"
    )


def test_a_pack_without_an_annex_is_said_so() -> None:
    with pytest.raises(CommandError, match="附件"):
        call_command("match_annex", "--pack", "national/base")
