"""A page on http://localhost:3000 calls a vendor through `sigproxy dev`, in unchanged browsers."""

from pathlib import Path

import pytest

from tests.dev.browsers import HOST, Site, seen
from tests.dev.conftest import needed

pytestmark = [pytest.mark.dev, pytest.mark.root, pytest.mark.timeout(300)]
PAGE = "http://localhost:3000/"
WELL = {
    "fetched": {"host": HOST, "path": "/api/v2?x=1"},
    "socket": "echo of hello",
    "origin": "http://localhost:3000",
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
    assert "flightproxy" in site.said


async def test_chromium_that_does_not_trust_it_gets_nothing(site: Site) -> None:
    needed("chromium")

    said = await seen(site, chromium(site))

    assert (said["fetched"], said["socket"]) == ("TypeError: Failed to fetch", "closed with 1006")


async def test_firefox_that_trusts_the_authority_calls_through_it(site: Site) -> None:
    needed("firefox-esr", "certutil")
    profile = site.home / ".mozilla" / "firefox" / "a.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").touch()

    await site.trust("Firefox")

    assert await seen(site, firefox(profile)) == WELL
