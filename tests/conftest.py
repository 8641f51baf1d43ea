"""What every test may ask for."""

import pytest
from hypothesis import settings

from tests.gateway.pki import Pki

# A loaded machine is slow, not wrong.
settings.register_profile("default", deadline=None)
settings.load_profile("default")


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One certificate authority for the whole run."""
    return Pki(tmp_path_factory.mktemp("pki"))
