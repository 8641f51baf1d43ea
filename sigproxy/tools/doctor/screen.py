"""Findings on standard output as they come; on a terminal's standard error, what is waited for."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from sigproxy.telemetry.printable import printable
from sigproxy.tools.doctor.finding import Finding, OutputFault

_COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}
_MOST_NAMES = 3
_WIDTH = 78  # characters at most; a line that wraps could not be cleared


class Screen:
    """*is_quiet*: findings are kept and not printed, since a document follows."""

    def __init__(self, is_quiet: bool = False, out: TextIO | None = None) -> None:
        self.findings: list[Finding] = []
        self._is_quiet = is_quiet
        self._progress = out or sys.stderr
        self._shows_progress = self._progress.isatty()
        self._line = ""

    def tell(self, finding: Finding) -> None:
        self.findings.append(finding)
        if self._is_quiet:
            return
        try:
            self._print(finding)
        except OSError as error:
            raise OutputFault(error) from error

    def _print(self, finding: Finding) -> None:
        with self._cleared():
            level, rest = str(finding)[:4], str(finding)[4:]
            click.echo(click.style(level, _COLORS[finding.level]) + rest)

    def progress(self, ended: int, waiting: tuple[str, ...]) -> None:
        width = min(_WIDTH, shutil.get_terminal_size().columns - 1)
        self._draw(progress_line(ended, waiting, width) if waiting else "")

    @contextmanager
    def _cleared(self) -> Iterator[None]:
        line = self._line
        self._draw("")
        yield
        sys.stdout.flush()
        self._draw(line)

    def _draw(self, line: str) -> None:
        if self._shows_progress and line != self._line:
            rest = " " * (len(self._line) - len(line))  # of the line before
            self._progress.write(f"\r{line}{rest}" if line else f"\r{rest}\r")
            self._progress.flush()
            self._line = line


def progress_line(ended: int, waiting: tuple[str, ...], width: int = _WIDTH) -> str:
    """Return one line: how far it is, and which checks it waits for."""
    of = ended + len(waiting)
    names = ", ".join(waiting[:_MOST_NAMES]) + (", ..." if len(waiting) > _MOST_NAMES else "")
    bar = "#" * (20 * ended // of)
    line = printable(f"[{bar:<20}] {ended} of {of}; waits for {names}")  # a server chose names
    return line if len(line) <= width else line[: width - 3] + "..."
