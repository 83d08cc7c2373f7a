"""What several tests of the registry begin with."""

import pytest

from liren.registry.tests.twins import Twins, registered_twice


@pytest.fixture
def twins(transactional_db: None) -> Twins:
    """Return 王秀英, who has two files."""
    return registered_twice()
