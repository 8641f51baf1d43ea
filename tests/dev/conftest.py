"""The vendor, its name, `sigproxy dev` in front of it, and the app's page."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web

from tests.dev.browsers import HOST, Site
from tests.lab.dns import Name
from tests.lab.lab import Lab, until
from tests.orphans import end_with_parent
from tests.service.process import ROOT, START_S

VENDOR = "127.31.44.3"
PAGE_PORT = 3000


async def _vendor(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return web.json_response({"host": request.host, "path": request.raw_path})
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(f"echo of {message.data}")
    return socket


@pytest.fixture
async def site(lab: Lab, tmp_path: Path) -> AsyncIterator[Site]:
    if os.geteuid() != 0:
        pytest.skip("the vendor is at port 443, which only root may open")
    lab.dns.zone[HOST] = Name((VENDOR,))
    vendor = await _serving(_vendor, VENDOR, 443, lab)
    site = Site(tmp_path / "home")
    site.home.mkdir()
    page = await _serving(site.answer, "127.0.0.1", PAGE_PORT)
    process = await _dev(site, lab)
    try:
        yield site
    finally:
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), START_S) == 0, site.said
        await page.cleanup()
        await vendor.cleanup()


async def _serving(
    handler: "web.types.Handler", address: str, port: int, lab: Lab | None = None
) -> web.AppRunner:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    tls = None if lab is None else lab.pki.upstream()
    await web.TCPSite(runner, address, port, ssl_context=tls).start()
    return runner


async def _dev(site: Site, lab: Lab) -> "asyncio.subprocess.Process":
    """Start `sigproxy dev --preset acs`, as a user would, but with this network's name server."""
    upstream = {
        "SIGPROXY_UPSTREAM__NAMESERVERS": lab.dns.address,
        "SIGPROXY_UPSTREAM__CA_FILE": str(lab.pki.ca_file),
        "SIGPROXY_UPSTREAM__ALLOW_NETWORKS": f"{VENDOR}/32",
    }
    environ = {"PATH": os.environ["PATH"], "HOME": str(site.home), "PYTHONUNBUFFERED": "1"}
    with site.output.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sigproxy", "dev", "--preset", "acs"),
            stdout=out,
            stderr=out,
            cwd=ROOT,
            env=environ | upstream,
            preexec_fn=end_with_parent,
        )
    await until(lambda: "Ctrl-C" in site.said or process.returncode is not None, START_S)
    assert process.returncode is None, site.said
    return process


def needed(*programs: str) -> None:
    """Skip, and name what is not installed."""
    packages = {"chromium": "chromium", "firefox-esr": "firefox-esr", "certutil": "libnss3-tools"}
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}: apt-get install {packages[program]}")
