"""What every test may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.pki import Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    """One certificate authority for the whole run."""
    directory: Path = tmp_path_factory.mktemp("pki")
    yield Pki(directory)
