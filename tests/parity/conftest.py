"""What every laboratory needs, for one module at a time."""

from collections.abc import Iterator

import pytest

from tests.parity import lab


@pytest.fixture(scope="module")
def ports() -> Iterator[None]:
    with lab.ports() as reason:
        if reason:
            pytest.skip(reason)
        yield
