"""`sigproxy top` as a program: reads, draws, waits, until Ctrl-C."""

import shutil
import signal
import sys
import time

import click

from sigproxy.tools.top.frame import frame
from sigproxy.tools.top.source import Source, Unreachable, as_json, parsed

EVERY_S = 1.0
# As in xterm's ctlseqs: the alternate screen keeps what the terminal showed before.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _END_OF_LINE, _REST = "\x1b[H", "\x1b[K", "\x1b[J"


def once(source: Source, *, shows_clients: bool) -> None:
    """Print one frame; raise Unreachable."""
    status = parsed(source.read(shows_clients=shows_clients))
    width = shutil.get_terminal_size((120, 40)).columns
    click.echo("\n".join(frame(status, width)))


def document(source: Source, *, shows_clients: bool) -> None:
    """Print the JSON; raise Unreachable."""
    click.echo(as_json(source.read(shows_clients=shows_clients)))


def watch(source: Source, *, shows_clients: bool) -> None:
    """Show frame after frame until Ctrl-C; raise Unreachable if there is not even a first one."""
    lines = _lines(source, shows_clients)
    interrupt = Interrupt()
    signal.signal(signal.SIGINT, interrupt)
    sys.stdout.write(_ENTER)
    try:
        while not interrupt.came:
            _draw(lines)
            time.sleep(EVERY_S)
            try:
                lines = _lines(source, shows_clients)
            except Unreachable as error:  # it may come back: a restart, a moment without network
                lines = [click.style(f"✕ {error}", fg="red", bold=True), "", *lines[2:]]
    except KeyboardInterrupt:
        pass
    finally:
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()


class Interrupt:
    """Ctrl-C, remembered: raised within a finalizer, a KeyboardInterrupt is dropped by Python."""

    def __init__(self) -> None:
        self.came = False

    def __call__(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt


def _lines(source: Source, shows_clients: bool) -> list[str]:
    columns, rows = shutil.get_terminal_size((120, 40))
    return frame(parsed(source.read(shows_clients=shows_clients)), columns, rows)


def _draw(lines: list[str]) -> None:
    sys.stdout.write(_HOME + f"{_END_OF_LINE}\n".join(lines) + _END_OF_LINE + _REST)
    sys.stdout.flush()
