"""`sigproxy` with a wall clock that somebody sets.

    python -m tests.faults.set_clock FILE serve --config ...

FILE holds by how many seconds the clock is wrong at the moment.
"""

import sys
import time
from pathlib import Path

_true = time.time
_offset_s = Path(sys.argv.pop(1))


def _wrong() -> float:
    return _true() + float(_offset_s.read_text())


if __name__ == "__main__":
    time.time = _wrong  # before anybody takes it for their own

    from sigproxy.cli import main

    main(prog_name="sigproxy")
