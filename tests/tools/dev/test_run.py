"""`sigproxy dev` as it runs: the page, the gateway behind it, and a certificate that is renewed."""

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.lab.lab import until
from tests.ports import free_port
from tests.service.process import START_S, child, ran

SIGPROXY = (sys.executable, "-m", "sigproxy")
# As `sigproxy dev`, but what is looked at now and then is looked at all the time.
IMPATIENT = """
from sigproxy import renewal
from sigproxy.cli import main
from sigproxy.tools.dev import run
run.LOOK_EVERY_S = renewal.POLL_EVERY_S = 0.05
main(prog_name="sigproxy")
"""


@dataclass(frozen=True, slots=True)
class Dev:
    process: "asyncio.subprocess.Process"
    folder: Path
    port: int
    output: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def said(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "sigproxy-dev-ca.pem"))


@pytest.fixture
async def dev(tmp_path: Path) -> AsyncIterator[Dev]:
    port, output = free_port(), tmp_path / "output"
    command = (sys.executable, "-c", IMPATIENT, "dev", "--preset", "acs", "--port", str(port))
    environ = {"XDG_DATA_HOME": str(tmp_path), "HTTPS_PROXY": "http://u:secret@proxy.example:3128"}
    process = await child(command, output, environ)
    found = Dev(process, tmp_path / "sigproxy" / "dev", port, output)
    try:
        await until(lambda: "Ctrl-C" in found.said or process.returncode is not None, START_S)
        assert process.returncode is None, found.said
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), START_S) == 0, found.said


@pytest.fixture
async def session(dev: Dev) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=dev.trusting, force_close=True)
    async with aiohttp.ClientSession(dev.url, connector=connector) as opened:
        yield opened


async def test_the_page_says_all_that_the_terminal_says(
    dev: Dev, session: aiohttp.ClientSession
) -> None:
    async with session.get("/") as answer:
        text = await answer.text()

    assert (answer.status, answer.content_type) == (200, "text/html")
    file = str(dev.folder / "sigproxy-dev-ca.pem")
    for said in (file, "http://localhost:3000", f'url: "{dev.url}"', "Chromium, Chrome and Edge"):
        assert said in dev.said
        assert said.replace('"', "&quot;") in text


async def test_a_proxy_that_is_set_for_others_is_noted(dev: Dev) -> None:
    note, *_ = dev.said.splitlines()

    assert note.startswith(
        "note: upstream.proxy: HTTPS_PROXY is set here (http://***@proxy.example:3128), and the "
        "gateway does not use it"
    )
    assert note.endswith("set upstream.proxy, here by the variable SIGPROXY_UPSTREAM__PROXY")


async def test_it_is_a_gateway_for_pages_on_localhost(
    dev: Dev, session: aiohttp.ClientSession
) -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    for origin, status in (("http://localhost:3000", 204), ("http://localhost:3999", 403)):
        fields = {"Origin": origin, **asked}
        async with session.options("/api.flightproxy.skype.com/x", headers=fields) as answer:
            assert answer.status == status
    async with session.get("/strangers.example/x") as answer:
        assert (answer.status, (await answer.json())["error"]) == (403, "target_refused")


async def test_explain_takes_its_configuration(dev: Dev) -> None:
    config = str(dev.folder / f"sigproxy-{dev.port}.toml")
    code, out, _ = await ran((*SIGPROXY, "explain", "--json", "--config", config, "/a.skype.com/x"))

    assert (code, json.loads(out)["upstream"]) == (0, "https://a.skype.com/x")


async def test_a_certificate_that_is_due_is_renewed_while_it_runs(
    dev: Dev, session: aiohttp.ClientSession
) -> None:
    async def served() -> str:
        return await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", dev.port))

    before = await served()
    (dev.folder / f"localhost-{dev.port}.pem").unlink()  # as one that is not current

    async with asyncio.timeout(START_S):
        while await served() == before:
            pass
    async with session.get("/") as answer:  # in a new connection
        assert answer.status == 200
