"""Ids are larger than those before, one by one or set aside at once."""

from itertools import pairwise

import pytest

from liren.base import ids

pytestmark = pytest.mark.django_db  # the number of the node comes from the database


def test_ids_set_aside_at_once_lie_between_those_made_before_and_after() -> None:
    before = ids.new_id()

    many = list(ids.new_ids(10_000))

    every = [before, *many, *ids.new_ids(3), ids.new_id()]
    assert len(many) == 10_000
    assert all(one < next_one for one, next_one in pairwise(every))
