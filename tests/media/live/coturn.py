"""The real coturn."""

import asyncio
import re
import shutil
import sys
from pathlib import Path
from socket import inet_aton

from tests.lab.lab import until
from tests.media.live.networks import Namespace
from tests.orphans import end_with_parent

PROGRAM = "turnserver"
SECRET, NEXT_SECRET = "0123456789abcdef" * 4, "fedcba9876543210" * 4
REALM = "realm.example"
RELAY_PORT = 3479
# What coturn calls its own trouble; its list of features has a "warning" of another kind.
TROUBLE = re.compile(r"WARNING|ERROR|Bad configuration|unknown|deprecated", re.IGNORECASE)


def obstacle() -> str | None:
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} is not installed: apt-get install coturn"
    return None


def without(text: str, *keys: str) -> str:
    """Return a configuration without lines that *text* has."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if line.strip().partition("=")[0] not in keys]
    assert len(kept) < len(lines), f"there is none of {keys}"
    return "".join(kept)


class Coturn:
    """*text* is its configuration, *place* where it listens once it has started."""

    def __init__(
        self,
        directory: Path,
        namespace: Namespace,
        text: str,
        place: tuple[str, int] = ("127.0.0.1", RELAY_PORT),
    ) -> None:
        self._directory, self._namespace, self._place = directory, namespace, place
        self._conf = directory / "turnserver.conf"
        self._log = directory / "turnserver.log"
        self._conf.write_text(text)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def trouble(self) -> list[str]:
        return [line for line in self.said.splitlines() if TROUBLE.search(line)]

    async def start(self) -> None:
        # Where a package's unit has places for these two; nothing else is ours.
        own = [f"--{name}={self._directory / name}" for name in ("pidfile", "userdb")]
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(*self._namespace.prefix, PROGRAM, "-c", str(self._conf), *own),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )
        await until(self._listens)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.said
        table = Path(f"/proc/{self._process.pid}/net/tcp").read_text()
        host, port = self._place
        number = int.from_bytes(inet_aton(host), sys.byteorder)
        return f"{number:08X}:{port:04X} 00000000:0000 0A" in table

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
