"""Slips that `check` finds or remarks on: logs that take no lines, tiny timeouts, wide targets."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from sigproxy.config import load, preflight, remarks


def said(**variables: object) -> list[str]:
    """Return what preflight finds, or else what is noted."""
    settings = load(
        None, {f"SIGPROXY_{name.upper()}": str(text) for name, text in variables.items()}
    )
    problems = [str(each).partition(": ")[2] for each in preflight(settings, bind=False)]
    return problems or list(remarks(settings))


def test_a_log_that_is_full_from_the_start() -> None:
    assert said(access_log__path="/dev/full") == [
        "SIGPROXY_ACCESS_LOG__PATH: /dev/full cannot be written: No space left on device; "
        "name a file, or '-' for standard output"
    ]


def test_a_log_that_is_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with closing(socket.socket(socket.AF_UNIX)) as other:
        other.bind(str(path))
        [problem] = said(access_log__path=path)
    assert f"{path} is a socket; name a file" in problem


def test_a_log_that_is_a_pipe_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "log"
    os.mkfifo(path)
    [note] = said(access_log__path=path)
    assert note.startswith(f"access_log.path: {path} is a pipe; while nobody reads it")


@pytest.mark.parametrize("path", ["/dev/null", "-"])
def test_a_log_that_takes_lines(path: str) -> None:
    assert said(access_log__path=path) == []


@pytest.mark.parametrize(
    "name", ["limits__header_timeout_s", "upstream__connect_timeout_s", "upstream__tls_timeout_s"]
)
def test_a_timeout_that_one_lost_packet_exceeds_is_noted(name: str) -> None:
    [note] = said(**{name: "0.5"})
    assert note == (
        f"{name.replace('__', '.')}: 0.5 is less than slow networks take, whose lost packets are "
        "sent again after a second; use 2 or more"
    )
    assert said(**{name: "2"}) == []


@pytest.mark.parametrize(
    "target", ["*.co.uk", "*.com.au", "*.ac.jp:*", "*.org.uk.:4000-4999", "*.azurewebsites.net"]
)
def test_targets_below_a_public_suffix_are_noted(target: str) -> None:
    [note] = said(route=f'[{{"targets": ["{target}"]}}]')
    assert note.startswith(f"route[0].targets: {target} covers strangers' hosts")


@pytest.mark.parametrize("target", ["co.uk", "*.vendor.co.uk", "*.co.example", "*.com.example.com"])
def test_targets_of_a_vendor_are_not(target: str) -> None:
    assert said(route=f'[{{"targets": ["{target}"]}}]') == []
