"""Cookies of many users and many vendors behind one origin."""

import pytest

from tests.lab.browser import Browser
from tests.lab.dns import Name
from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import response

SETS = answering(response(200, b"ok", b"Set-Cookie: sid=secret; Domain=.example.com; Path=/"))


async def test_08_shared_cookie_jar(lab: Lab) -> None:
    upstream = await lab.upstream(SETS)
    gateway = await lab.gateway(upstream={"reuse": "shared"})

    for _ in range(2):
        await (await lab.client(gateway)).get(upstream.at("/"))

    assert [request.get(b"cookie") for request in upstream.requests] == [None, None]
    assert len(upstream.peers) == 1  # the second user came over the first one's connection


@pytest.mark.parametrize("fields", [(), (b"Origin: https://app.example",)], ids=["app", "page"])
async def test_09_cookies_across_vendors(lab: Lab, fields: tuple[bytes, ...]) -> None:
    """Path keeps vendors apart, and in a browser a tag, from the operator too (pages 8 and 19)."""
    lab.dns.zone["other.example.com"] = Name(("127.0.0.1",))
    first, second = await lab.upstream(SETS), await lab.upstream()
    gateway = await lab.gateway(route={"allowed_origins": ["https://app.example"]})
    client = await lab.client(gateway)
    browser = Browser(b"sso=operators" if fields else b"")
    login = first.at("/login")
    browser.takes(login, await client.get(login, *fields))

    for upstream, name in ((first, "up.example.com"), (second, "other.example.com")):
        call = upstream.at("/call", name)
        await client.get(call, *fields, *browser.fields(call))

    assert first.requests[-1].get(b"cookie") == b"sid=secret"
    assert second.requests[-1].get(b"cookie") is None
