"""One line a finding; on a terminal, one more that says what is waited for."""

import io

import pytest

from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well, worst
from sigproxy.tools.doctor.screen import Screen, progress_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (well("dns", "found"), "ok   dns: found"),
        (warning("tls", "ends_soon", "ends"), "warn tls: ends_soon: ends"),
        (failure("tcp", "silent", "no answer", "open it"), "fail tcp: silent: no answer; open it"),
    ],
)
def test_a_line_has_level_name_token_what_and_remedy(finding: Finding, line: str) -> None:
    assert str(finding) == line


def test_the_worst_counts() -> None:
    found = [well("a", ""), failure("b", "x", ""), warning("c", "y", "")]
    assert worst(found) == "fail"
    assert worst(found[::2]) == "warn"
    assert worst([]) == "ok"


def test_times_are_short() -> None:
    assert [seconds(each) for each in (0.0004, 0.0123, 0.9994, 1.04)] == [
        *("0 ms", "12 ms", "999 ms", "1.0 s"),
    ]


def test_what_is_waited_for_is_shown_and_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    screen = Screen(out=terminal)
    screen.progress(1, ("vendor a", "vendor b"))
    line = progress_line(1, ("vendor a", "vendor b"))
    assert line == "[######              ] 1 of 3; waits for vendor a, vendor b"
    screen.tell(well("dns", "found"))
    screen.progress(3, ())
    assert capsys.readouterr().out == "ok   dns: found\n"
    assert terminal.getvalue().count(line) == 2  # before the finding, and again behind it
    assert terminal.getvalue().endswith("\r" + " " * len(line) + "\r")


def test_a_line_of_progress_fits_a_terminal() -> None:
    line = progress_line(0, ("a name that is quite long, as vendors have them", "b" * 40, "c", "d"))
    assert len(line) == 78
    assert line.endswith("...")
    assert len(progress_line(0, ("a name that is quite long", "b", "c"), width=40)) == 40


def test_no_progress_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(is_quiet=True)
    screen.progress(0, ("dns",))
    screen.tell(well("dns", "found"))
    assert capsys.readouterr() == ("", "")
    assert [each.name for each in screen.findings] == ["dns"]


@pytest.mark.parametrize(
    "said", ["a \x1b[2J b", "a \x1b]0;title\x07 b", "a\nok   fake: line", "a \x9b1m", "a \udcff b"]
)
def test_nothing_that_a_server_says_is_obeyed_or_makes_a_line(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen()
    screen.tell(failure(said, said, said, said))
    [line] = capsys.readouterr().out.splitlines()
    assert line.isprintable()
    [found] = screen.findings  # which a JSON document shows
    assert str(found) == line
    assert progress_line(0, (said,)).isprintable()


def test_no_server_fills_the_screen() -> None:
    assert len(str(well("dns", "x" * 100_000))) < 5000
