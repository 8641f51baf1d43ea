"""Settings from the text of a file, and how a refusal of it reads."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sigproxy.config import ConfigError, Settings, load


def refused(path: Path | None, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the problems as printed, with only the file's name for its path."""
    with pytest.raises(ConfigError) as error:
        load(path, environ or {})
    folder = f"{path.parent}/" if path else ""
    assert str(error.value).count("\n") == len(error.value.problems) - 1
    return [str(problem).removeprefix(folder) for problem in error.value.problems]


def from_text(file: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    file.write_text(text)
    return load(file, environ or {})
