"""What every test of the configuration may ask for."""

from pathlib import Path

import pytest

from tests.config.turn import SECRET, written


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


@pytest.fixture
def secret(file: Path) -> Path:
    """Return where the secret of [turn] is, beside the configuration."""
    return written(file.with_name("secret"), SECRET)
