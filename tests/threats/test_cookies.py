"""Cookies of many users and many vendors behind one origin."""

from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import cast
from urllib.request import Request

from tests.gateway.dns import Name
from tests.gateway.lab import Lab
from tests.gateway.upstream import answering
from tests.gateway.wire import Response, response

SETS = answering(response(200, b"ok", b"Set-Cookie: sid=secret; Domain=.example.com; Path=/"))


class Browser:
    """Keeps cookies as a browser does that knows the gateway as https://gateway.example."""

    def __init__(self) -> None:
        self._jar = CookieJar()

    def takes(self, target: bytes, answer: Response) -> None:
        self._jar.extract_cookies(cast(HTTPResponse, _Info(answer)), _request(target))

    def fields(self, target: bytes) -> list[bytes]:
        request = _request(target)
        self._jar.add_cookie_header(request)
        cookie = request.get_header("Cookie")
        return [b"Cookie: " + cookie.encode()] if cookie else []


class _Info:
    """As much of an HTTPResponse as a CookieJar looks at."""

    def __init__(self, answer: Response) -> None:
        self._message = Message()
        for value in answer.values(b"set-cookie"):
            self._message["Set-Cookie"] = value.decode()

    def info(self) -> Message:
        return self._message


def _request(target: bytes) -> Request:
    return Request("https://gateway.example" + target.decode())


async def test_08_shared_cookie_jar(lab: Lab) -> None:
    upstream = await lab.upstream(SETS)
    gateway = await lab.gateway()

    for _ in range(2):
        await (await lab.client(gateway)).get(upstream.at("/"))

    assert [request.get(b"cookie") for request in upstream.requests] == [None, None]
    assert len(upstream.peers) == 1  # the second user came over the first one's connection


async def test_09_cookies_across_vendors(lab: Lab) -> None:
    """Names are kept, and Path keeps vendors apart (page 8 of docs/adr)."""
    lab.dns.zone["other.example.com"] = Name(("127.0.0.1",))
    first, second = await lab.upstream(SETS), await lab.upstream()
    client = await lab.client(await lab.gateway())
    browser = Browser()
    login = first.at("/login")
    browser.takes(login, await client.get(login))

    for upstream, name in ((first, "up.example.com"), (second, "other.example.com")):
        call = upstream.at("/call", name)
        await client.get(call, *browser.fields(call))

    assert first.requests[-1].get(b"cookie") == b"sid=secret"
    assert second.requests[-1].get(b"cookie") is None
