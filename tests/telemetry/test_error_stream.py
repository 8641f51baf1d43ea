"""Standard error on which nobody waits: whole lines, without secrets, whoever writes them."""

import io
import logging
import os
import sys
from collections.abc import Iterator

import pytest

from sigproxy.telemetry.error_stream import ErrorStream
from tests.lab.wire import WAIT_S


@pytest.fixture
def stream() -> Iterator[ErrorStream]:
    stream = ErrorStream()
    yield stream
    assert stream._spool.settle(WAIT_S)
    stream._spool.close()


def said(stream: ErrorStream, capfd: pytest.CaptureFixture[str]) -> str:
    assert stream._spool.settle(WAIT_S)
    return capfd.readouterr().err


def test_lines_go_whole_and_a_flush_lets_half_of_one_go(
    stream: ErrorStream, capfd: pytest.CaptureFixture[str]
) -> None:
    print("one", "two", file=stream)
    stream.write("half")
    assert said(stream, capfd) == "one two\n"
    stream.flush()
    stream.flush()
    stream.write(" and \udcff\n")
    assert said(stream, capfd) == "half and \\udcff\n"


def test_logging_and_tracebacks_go_there(
    stream: ErrorStream, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    logger = logging.Logger("of its own")
    logger.addHandler(logging.StreamHandler())
    logger.error("an error")
    sys.__excepthook__(ValueError, ValueError("a fault"), None)
    written = said(stream, capfd)
    assert written.startswith("an error\n")
    assert "ValueError: a fault\n" in written


def test_what_is_to_be_hidden_is(stream: ErrorStream, capfd: pytest.CaptureFixture[str]) -> None:
    stream.hide = lambda text: text.replace("secret", "-")
    stream.write("a sec")
    stream.write("ret\n")
    assert said(stream, capfd) == "a -\n"


def test_it_is_a_stream_of_text_that_others_may_look_at(stream: ErrorStream) -> None:
    assert isinstance(stream, io.TextIOBase)
    assert (stream.fileno(), stream.encoding, stream.writable()) == (2, "utf-8", True)
    assert not stream.isatty() or os.isatty(2)
