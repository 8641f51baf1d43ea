"""A [turn] that works, to be varied."""

from pathlib import Path

import pytest

from sigproxy.config import ConfigError, Settings, load

SECRET = "5f0c9b1e7a3d4826b0f1c2d3e4a59687" * 2
KEY, OTHER = "5d41402abc4b2a76", "Zb-_~9zzzz"


def written(path: Path, content: str, mode: int = 0o640) -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


def turn(file: Path, *lines: str, **values: str) -> str:
    """Return a [turn] that works, with *values* over it (as TOML) and *lines* behind it."""
    usual = {
        "name": "'gateway.example'",
        "secret_file": f"'{file.with_name('secret')}'",
        "keys": f"['{KEY}']",
    }
    pairs = [f"{key} = {value}" for key, value in (usual | values).items() if value]
    return "\n".join(["[turn]", *pairs, *lines])


def loaded(file: Path, text: str) -> Settings:
    file.write_text(text)
    return load(file, {})


def refused(file: Path, text: str) -> list[str]:
    """Return the problems as printed, with only the file's name for its path."""
    with pytest.raises(ConfigError) as error:
        loaded(file, text)
    return [str(each).replace(f"{file.parent}/", "") for each in error.value.problems]
