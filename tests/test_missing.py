"""How a package that is missing is added, for each program that makes environments."""

import sys
import tomllib
from pathlib import Path

import pytest

from sigproxy import missing
from sigproxy.config.rates import PACKAGES as REDIS
from sigproxy.config.tracing import PACKAGES as OTEL

ROOT = Path(__file__).parents[1]


def environment(folder: Path, *, uv: bool, files: tuple[str, ...] = ()) -> Path:
    folder.mkdir(parents=True)
    lines = ["home = /usr/bin", *(["uv = 0.13.8"] if uv else []), "version_info = 3.11.7"]
    (folder / "pyvenv.cfg").write_text("\n".join(lines))
    for name in files:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize("uv", [False, True])
def test_pipx_injects_by_the_name_of_its_environment(tmp_path: Path, uv: bool) -> None:
    """pipx makes environments with uv too, where there is one."""
    files = ("pipx_metadata.json",)
    place = environment(tmp_path / "venvs" / "sigproxy-dev", uv=uv, files=files)
    assert missing.remedy("trustme", prefix=place) == "pipx inject sigproxy-dev trustme"


def test_uv_is_told_which_environment(tmp_path: Path) -> None:
    files = ("uv-receipt.toml",)
    place = environment(tmp_path / "my tools" / "sigproxy", uv=True, files=files)
    said = missing.remedy("trustme", prefix=place)
    assert said == f"uv pip install --python '{place}' trustme"


def test_uvx_keeps_nothing(tmp_path: Path) -> None:
    place = environment(tmp_path / "archive-v0" / "YolVPF4ndIaih9-S", uv=True)
    assert missing.remedy("trustme", prefix=place).startswith("uvx --with trustme, ")


def test_pip_is_that_of_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = environment(tmp_path / "venv", uv=False)
    monkeypatch.setattr(missing, "find_spec", lambda name: object())
    assert missing.remedy("trustme", prefix=place) == f"{sys.executable} -m pip install trustme"


def test_without_pip_the_python_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "find_spec", lambda name: None)
    said = missing.remedy("trustme", prefix=tmp_path)
    assert said == f"install trustme for {sys.executable}, which has no pip"


def test_packages_are_quoted_each(tmp_path: Path) -> None:
    two = ("redis>=6,<8", "x")
    injected = environment(tmp_path / "sigproxy", uv=False, files=("pipx_metadata.json",))
    assert missing.remedy(*two, prefix=injected) == "pipx inject sigproxy 'redis>=6,<8' x"
    once = environment(tmp_path / "archive-v0" / "Yo", uv=True)
    assert "uvx --with 'redis>=6,<8' --with x, and" in missing.remedy(*two, prefix=once)


@pytest.mark.parametrize(("extra", "named"), [("redis", REDIS), ("otel", OTEL)])
def test_what_is_named_is_the_extra(extra: str, named: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert list(named) == project["optional-dependencies"][extra]
