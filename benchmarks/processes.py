"""Start a program on given cores, wait until it listens, end it."""

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.places import check_free
from tests.orphans import end_with_parent
from tests.parity.gateways import await_listener, stop

ROOT = Path(__file__).parent.parent

Address = tuple[str, int]


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    directory: Path,
    cores: set[int],
    addresses: Iterable[Address],
    folder: Path = ROOT,
) -> Iterator[int]:
    """Run *command* until the block ends, yield its process id; its output is in ``NAME.log``.

    *folder* is where it runs, which for Python is where modules are looked for first.
    """
    addresses = list(addresses)
    for address in addresses:
        check_free(name, address)
    log = directory / f"{name}.log"

    def prepared() -> None:
        os.sched_setaffinity(0, cores)
        end_with_parent()

    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches only us, and we end each process by its id.
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=prepared,
        )
        try:
            for address in addresses:
                await_listener(name, process, address, log)
            yield process.pid
        finally:
            stop(process)


def first_line(*command: str) -> str:
    """Return the first line that a program prints about itself, on either output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.partition("\n")[0].strip()
