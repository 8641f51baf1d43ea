"""One client process: prints "ready", waits for a line, works, prints figures as JSON.

python -m benchmarks.load MODE ORDER
"""

import asyncio
import json
import sys

import uvloop

from benchmarks.load.modes import MODES
from benchmarks.load.order import Order
from benchmarks.load.wire import Dialler, Refused


async def begin() -> None:
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)


async def main(mode: str, text: str) -> None:
    values = json.loads(text)
    ca = values.pop("ca")
    dialler = Dialler(tuple(values.pop("address")), ca)
    second = Dialler(tuple(address), ca) if (address := values.pop("second")) else None
    figures = await MODES[mode](Order(dialler, begin=begin, second=second, **values))
    print(json.dumps(figures), flush=True)


def reason(error: BaseException) -> str:
    """Return the first of a group's reasons."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


if __name__ == "__main__":
    try:
        uvloop.run(main(*sys.argv[1:]))
    except (OSError, Refused, ExceptionGroup) as problem:
        sys.exit(reason(problem))
