"""A soak in small: all that a large one does, in seconds."""

import asyncio
import sys

from tests.orphans import end_with_parent
from tests.service.process import ROOT

SMALL = {
    "--minutes": "0.25",
    "--websockets": "6",  # all have to be open at once, however busy the machine is
    "--rate": "40",
    "--requests": "10",
    "--kill-every": "6",
    "--reload-every": "9.5",
    "--reset-every": "3",
}
DEADLINE_S = 90.0


async def test_a_small_soak_goes_well() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "soak", *(part for pair in SMALL.items() for part in pair)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        preexec_fn=end_with_parent,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:  # TERM: it has processes of its own to end
            process.terminate()
            await process.wait()

    assert process.returncode == 0, err.decode()
    cells = [line.strip("|").split("|") for line in out.decode().splitlines() if "|" in line]
    rows = {name.strip(): value.strip() for name, value in cells}
    assert rows["workers killed"].startswith("2, which ended ")
    assert rows["reloads (HUP)"].startswith("1, which ended ")
    assert rows["failures that none of these explains"] == "0"
    assert rows["of these arrived not at all, twice, changed or out of order"] == "0"
    assert int(rows["messages acknowledged"].replace(",", "")) > 100
