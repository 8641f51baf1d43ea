"""A page on http://localhost:3000 calls a vendor through `sigproxy dev`, in unchanged browsers."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from sigproxy.tools.dev import authority as authorities
from tests.dev.browsers import HOST, Site, seen
from tests.dev.conftest import needed
from tests.lab.lab import until

pytestmark = [pytest.mark.dev, pytest.mark.root, pytest.mark.timeout(300)]
PAGE = "http://localhost:3000/"
WELL = {
    "fetched": {"host": HOST, "path": "/api/v2?x=1"},
    "socket": "echo of hello",
    "origin": "http://localhost:3000",
}


ASKING = """<!doctype html><meta charset=utf-8><script>
const asked = (url) => fetch(url).then((answer) => answer.text()).catch((error) => String(error));
const urls = [
  "localhost:9443", "api.gateway.localhost:9443", "app.example:9444", "x.localhost:9445",
];
Promise.all(urls.map((each) => asked(`https://${each}/`)))
    .then((said) => fetch("/seen", {method: "POST", body: JSON.stringify(said)}));
</script>"""


FAILED = {
    "chromium": "TypeError: Failed to fetch",
    "firefox-esr": "TypeError: NetworkError when attempting to fetch resource.",
}


def chromium(site: Site, page: str = PAGE) -> tuple[str, ...]:
    """Return the command; no argument is about certificates."""
    profile = f"--user-data-dir={site.home / 'profile'}"
    return ("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", profile, page)


def firefox(profile: Path, page: str = PAGE) -> tuple[str, ...]:
    return ("firefox-esr", "--headless", "--no-remote", "--profile", str(profile), page)


async def test_chromium_that_trusts_the_authority_calls_through_it(site: Site) -> None:
    needed("chromium", "certutil")

    await site.trust("Chromium, Chrome and Edge on Linux")

    assert await seen(site, chromium(site)) == WELL
    await until(lambda: f"upstream={HOST}" in site.said)  # the log is written in batches


async def test_chromium_that_does_not_trust_it_gets_nothing(site: Site) -> None:
    needed("chromium")

    said = await seen(site, chromium(site))

    assert (said["fetched"], said["socket"]) == ("TypeError: Failed to fetch", "closed with 1006")


@pytest.mark.parametrize("browser", ["chromium", "firefox-esr"])
async def test_it_can_sign_for_this_machine_alone(site: Site, browser: str) -> None:
    """Also for somebody who has its key: the constraint is what browsers obey."""
    needed(browser, "certutil")
    site.page = ASKING
    profile = site.home / ".mozilla" / "firefox" / "a.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").touch()
    (profile / "user.js").write_text('user_pref("network.dns.localDomains", "app.example");\n')
    for title in ("Chromium, Chrome and Edge on Linux", "Firefox"):
        await site.trust(title)
    signer = authorities.parse((site.authority.parent / "authority.pem").read_bytes())

    greeted: list[str | None] = []
    async with AsyncExitStack() as stack:
        own = ("localhost", "*.gateway.localhost")
        for names, port in ((own, 9443), (("app.example",), 9444), (("*.localhost",), 9445)):
            file = site.home / f"{port}.pem"
            file.write_bytes(authorities.leaf(signer, names, datetime.now(UTC)))
            await stack.enter_async_context(answering(file, port, greeted))
        mapped = "--host-resolver-rules=MAP app.example 127.0.0.1"
        command = (*chromium(site), mapped) if browser == "chromium" else firefox(profile)
        said = await seen(site, command)

    here, below, elsewhere, directly_below = said
    assert {"app.example", "x.localhost"} <= {*greeted}  # the browser did get those certificates
    assert (here, below) == ("well", "well")
    assert elsewhere == FAILED[browser]
    assert directly_below == FAILED[browser]  # which is why there are names below gateway.localhost


@asynccontextmanager
async def answering(pem: Path, port: int, greeted: list[str | None]) -> AsyncIterator[None]:
    """Run a server with the certificate in *pem*, which every page may read.

    *greeted*: by which names it was asked for TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _, name, __: greeted.append(name)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="well", headers={"Access-Control-Allow-Origin": "*"})

    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def test_firefox_that_trusts_the_authority_calls_through_it(site: Site) -> None:
    needed("firefox-esr", "certutil")
    profile = site.home / ".mozilla" / "firefox" / "a.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").touch()

    await site.trust("Firefox")

    assert await seen(site, firefox(profile)) == WELL
