"""How a package that is missing is added, for each program that makes environments."""

import sys
from pathlib import Path

import pytest

from sigproxy.tools import missing


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
    assert missing.remedy("trustme", place) == "pipx inject sigproxy-dev trustme"


def test_uv_is_told_which_environment(tmp_path: Path) -> None:
    files = ("uv-receipt.toml",)
    place = environment(tmp_path / "my tools" / "sigproxy", uv=True, files=files)
    said = missing.remedy("trustme", place)
    assert said == f"uv pip install --python '{place}' trustme"


def test_uvx_keeps_nothing(tmp_path: Path) -> None:
    place = environment(tmp_path / "archive-v0" / "YolVPF4ndIaih9-S", uv=True)
    assert missing.remedy("trustme", place).startswith("uvx --with trustme, ")


def test_pip_is_that_of_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = environment(tmp_path / "venv", uv=False)
    monkeypatch.setattr(missing, "find_spec", lambda name: object())
    assert missing.remedy("trustme", place) == f"{sys.executable} -m pip install trustme"


def test_without_pip_the_python_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "find_spec", lambda name: None)
    said = missing.remedy("trustme", tmp_path)
    assert said == f"install trustme for {sys.executable}, which has no pip"
