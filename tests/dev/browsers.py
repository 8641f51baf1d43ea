"""Browsers without a driver: the page itself tells its server what it has seen."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.orphans import end_with_parent

HOST = "api.flightproxy.skype.com"
GATEWAY = "localhost:8443"
WAIT_S = 90.0
_PAGE = """<!doctype html><meta charset=utf-8><title>app</title><script>
const tell = (seen) => fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
const opened = () => new Promise((resolve) => {
  const socket = new WebSocket("wss://GATEWAY/HOST/calls");
  socket.onopen = () => socket.send("hello");
  socket.onmessage = (event) => { resolve(event.data); socket.close(); };
  socket.onclose = (event) => resolve(`closed with ${event.code}`);
});
const fetched = () => fetch("https://GATEWAY/HOST/api/v2?x=1").then((answer) => answer.json())
    .catch((error) => String(error));
Promise.all([fetched(), opened()]).then(([fetched, socket]) =>
  tell({fetched, socket, origin: location.origin}));
</script>""".replace("GATEWAY", GATEWAY).replace("HOST", HOST)


@dataclass(slots=True)
class Site:
    """The app's page, a home of its own for the developer, and what the page has seen."""

    home: Path
    page: str = _PAGE
    seen: "asyncio.Queue[Any]" = field(default_factory=asyncio.Queue)

    @property
    def output(self) -> Path:
        return self.home / "dev.out"

    @property
    def said(self) -> str:
        """What `sigproxy dev` has printed."""
        return self.output.read_text() if self.output.exists() else ""

    @property
    def authority(self) -> Path:
        return self.home / ".local/share/sigproxy/dev/sigproxy-dev-ca.pem"

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/seen":
            self.seen.put_nowait(json.loads(await request.text()))
            return web.Response()
        return web.Response(text=self.page, content_type="text/html")

    def commands(self, title: str) -> list[str]:
        """Return the shell's lines that are printed below *title*, but those that need root."""
        block = self.said.partition(f"\n{title}\n")[2].partition("\n\n")[0]
        lines = [line[4:] for line in block.splitlines() if line.startswith("    ")]
        assert lines, self.said
        return [line for line in lines if not line.startswith("sudo ")]

    async def trust(self, title: str) -> None:
        """Run what is printed for *title*, as the developer would paste it."""
        script = "\n".join(["set -e", *self.commands(title)])
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", script), env=self.environ, stdout=-1, stderr=subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}


@asynccontextmanager
async def running(site: Site, command: Sequence[str]) -> AsyncIterator[None]:
    """Run a browser; it has the developer's home."""
    with (site.home / "browser.out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, env=site.environ, stdout=out, stderr=out, preexec_fn=end_with_parent
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def seen(site: Site, command: Sequence[str]) -> Any:
    """Return what the page has seen in a browser that *command* starts."""
    async with running(site, command):
        return await asyncio.wait_for(site.seen.get(), WAIT_S)
