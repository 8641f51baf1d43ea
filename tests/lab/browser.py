"""A browser's cookies, as far as a jar of the standard library keeps them as browsers do."""

from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import cast
from urllib.request import Request

from tests.lab.wire import Response


class Browser:
    """Keeps cookies as a browser does that knows the gateway as https://gateway.example.

    *others* is what else it has for that host: the sign-on cookie of the operator's domain, say.
    """

    def __init__(self, others: bytes = b"") -> None:
        self._jar = CookieJar()
        self._others = others

    def takes(self, target: bytes, answer: Response) -> None:
        self._jar.extract_cookies(cast(HTTPResponse, _Info(answer)), _request(target))

    def fields(self, target: bytes) -> list[bytes]:
        """Return the Cookie line of a request for *target*, or none."""
        request = _request(target)
        self._jar.add_cookie_header(request)
        kept = (request.get_header("Cookie") or "").encode()
        cookies = b"; ".join(each for each in (self._others, kept) if each)
        return [b"Cookie: " + cookies] if cookies else []


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
