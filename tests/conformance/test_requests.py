"""Every row of `cases/`: the right status, and nothing upstream of what is refused."""

import pytest

from tests.conformance.cases import ROWS
from tests.conformance.model import Row, faults
from tests.conformance.network import Gateway, Network

pytestmark = pytest.mark.conformance


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(laboratory: Network, gateway: Gateway, row: Row) -> None:
    assert list(faults(*laboratory.play(gateway, row))) == []
