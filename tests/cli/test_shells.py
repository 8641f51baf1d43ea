"""The files for shells and for man: what they complete, and what they explain."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from sigproxy.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
SHARE = ROOT / "share"
MAN = SHARE / "man" / "man1" / "sigproxy.1"
# The shell itself is asked, as if Tab had been pressed behind the words.
BASH = """
. "$1"; shift
COMP_WORDS=("$@" "") COMP_CWORD=$#
compopt() { :; }
_sigproxy_completion sigproxy
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = """
source $argv[1]
complete --do-complete (string join ' ' -- $argv[2..] '')
"""
ZSH = """
compdef() { :; }
compadd() { print -rl -- "${(@P)argv[-1]}" }
_describe() { for each in "${(@P)3}"; do print -r -- "${each%%:*}"; done }
words=("${@:2}" "") CURRENT=$#
source "$1"
_sigproxy_completion
"""


@pytest.fixture
def program(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `sigproxy` is this one."""
    file = tmp_path / "sigproxy"
    call = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from sigproxy.cli import main; main()"
    file.write_text(f"#!{sys.executable}\n{call}\n")
    file.chmod(0o755)
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return kept | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def asked(shell: str, script: str, file: Path, environ: dict[str, str], *words: str) -> set[str]:
    """Return what *shell* offers behind *words*."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}: apt-get install {shell}")
    given = ("-c", script) if shell == "fish" else ("-c", script, shell)
    made = subprocess.run(
        (shell, *given, str(file), *words),
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return {line.partition("\t")[0] for line in made.stdout.splitlines()}


SHELLS = pytest.mark.parametrize(
    ("shell", "script", "file"),
    [
        ("bash", BASH, SHARE / "bash-completion" / "completions" / "sigproxy"),
        ("fish", FISH, SHARE / "fish" / "vendor_completions.d" / "sigproxy.fish"),
        ("zsh", ZSH, SHARE / "zsh" / "site-functions" / "_sigproxy"),
    ],
    ids=["bash", "fish", "zsh"],
)


@SHELLS
def test_every_command_is_offered(
    shell: str, script: str, file: Path, program: dict[str, str]
) -> None:
    offered = asked(shell, script, file, program, "sigproxy")

    assert {name for name in COMMANDS if name not in offered} == set()


@SHELLS
def test_what_a_command_takes_is_offered(
    shell: str, script: str, file: Path, program: dict[str, str]
) -> None:
    assert {"acs", "watchrtc"} <= asked(shell, script, file, program, "sigproxy", "presets")


def test_each_file_is_installed_where_its_shell_looks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    installed = project["tool"]["setuptools"]["data-files"]

    named = {folder: paths for folder, paths in installed.items() if folder.startswith("share/")}
    found = [path.relative_to(ROOT) for path in SHARE.rglob("*") if path.is_file()]
    assert named == {path.parent.as_posix(): [path.as_posix()] for path in found}


def test_the_man_page_has_each_command_and_option() -> None:
    page = MAN.read_text().replace(r"\-", "-")

    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        assert f".SS sigproxy {name}" in page, name
        options = [each for param in command.params for each in param.opts if each[:2] == "--"]
        assert [each for each in options if each not in page] == [], name


@pytest.mark.skipif(
    shutil.which("mandoc") is None, reason="mandoc is not installed (apt-get install mandoc)"
)
def test_the_man_page_is_well_formed() -> None:
    checked = subprocess.run(
        ("mandoc", "-Tlint", "-Wwarning", str(MAN)), capture_output=True, text=True, check=False
    )

    # The page is the same whenever it is made, and so has no date.
    faults = [line for line in checked.stdout.splitlines() if "missing date" not in line]
    assert (faults, checked.stderr) == ([], "")
