"""Cookies of many vendors, and of the operator, in the gateway's one origin (RFC 6265; ADR 19).

Path separates the vendors: a cookie that an upstream sets loses its Domain, which names the
vendor's host, and gets a Path below that vendor's URLs at the gateway.

A tag in front of a cookie's name says which vendor set it, if the client is a browser. An upstream
gets back only the cookies with its own tag, without the tag. So other cookies for the gateway's
host, such as the sign-on cookie of the operator's domain, reach no vendor.

    from api.example.com, in response to /api.example.com/v1/x
        Set-Cookie: sid=1; Domain=.example.com; Path=/v1
    to the browser
        Set-Cookie: sp-0MQ9OIUGTZrr.sid=1; Path=/api.example.com/v1
    from the browser
        Cookie: sp-0MQ9OIUGTZrr.sid=1; sso=of-the-operator
    to api.example.com
        Cookie: sid=1
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.target import Target

Mode = Literal["tagged", "pass", "none"]
# Maps a vendor's cookie Path to the path at the gateway that it covers; None: no path.
Place = Callable[[bytes], bytes | None]

_TAG_START = b"sp-"
_TAG = re.compile(rb"sp-[A-Za-z0-9_-]{12}\.")
_TAG_BYTES = 9  # of the digest: 72 bits, as 12 characters that are valid in a cookie's name


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """*scoped*: the dialect separates vendors by path. *shared*: other routes are below this one,
    so that clients would send this route's cookies to the vendors of those routes as well.
    """

    mode: Mode = "tagged"
    scoped: bool = True
    shared: bool = False

    @property
    def carries(self) -> bool:
        return self.scoped and self.mode != "none"

    def request_fields(self, fields: Fields, authority: Authority) -> Fields:
        """Return the client's *fields* with only the cookies that are for *authority*.

        In every mode, a tagged cookie goes only to its own vendor. A cookie without a tag is not
        forwarded if a browser sends it and the mode is "tagged".
        """
        lines = f.values(fields, b"cookie")
        if not lines:
            return fields
        strict = self.mode == "tagged" and is_browsers(fields)
        if not strict and not any(_TAG_START in line for line in lines):
            return fields
        own = tag_of(authority)
        kept: list[Field] = []
        for name, value in fields:
            if name.lower() == b"cookie":
                value = b"; ".join(filter(None, _returned(value, own, strict)))
                if not value:
                    continue
            kept.append((name, value))
        return Fields(kept)

    def response_fields(
        self,
        fields: list[Field],
        source: Target,
        *,
        request_target: bytes,
        request_fields: Fields,
        places: Sequence[Place],
    ) -> list[Field]:
        """Return *fields* of *source*'s response, each Set-Cookie moved and tagged, or removed.

        With two *places* it is set at both. *request_target* and *request_fields* are the client's:
        the first is the default Path of a cookie; the second show whether the client is a browser.
        """
        if not any(name.lower() == b"set-cookie" for name, _ in fields):
            return fields
        if not self.carries:
            return without(fields, b"set-cookie")
        tagged = self.shared or (self.mode == "tagged" and is_browsers(request_fields))
        tag = tag_of(source.authority) if tagged else b""
        kept: list[Field] = []
        for name, value in fields:
            if name.lower() == b"set-cookie":
                moved = [_moved(value, source.path, request_target, place) for place in places]
                kept += [(name, _with_tag(tag, each)) for each in moved if each is not None]
            else:
                kept.append((name, value))
        return kept


def is_browsers(fields: Fields) -> bool:
    """Return whether a browser sends this request, judged by fields that no script can remove.

    Fetch, 3.1, and Fetch Metadata, 2. Other clients send them only to imitate a browser.
    """
    return f.first(fields, b"origin") is not None or any(
        name[:10].lower() == b"sec-fetch-" for name, _ in fields
    )


@lru_cache(maxsize=1024)
def tag_of(authority: Authority) -> bytes:
    """Return the tag that begins the names of this vendor's cookies.

    It separates vendors; it is not a signature. It comes first because browsers demand Path=/ of a
    cookie whose name begins with "__Host-", and Secure for "__Secure-".
    """
    digest = sha256(str(authority).encode()).digest()[:_TAG_BYTES]
    return _TAG_START + urlsafe_b64encode(digest) + b"."


def without(fields: Iterable[Field], name: bytes) -> list[Field]:
    return [each for each in fields if each[0].lower() != name]


def pairs(line: bytes) -> list[bytes]:
    """Return the cookies of a Cookie field line, as unparsed bytes."""
    stripped = [each.strip(b" \t") for each in line.split(b";")]
    return [each for each in stripped if each]


def _returned(line: bytes, own: bytes, strict: bool) -> Iterator[bytes]:
    for pair in pairs(line):
        if pair.startswith(own):
            yield pair[len(own) :]
        elif not strict and _TAG.match(pair) is None:
            yield pair


def _with_tag(tag: bytes, cookie: bytes) -> bytes:
    pair, semicolon, attributes = cookie.partition(b";")
    # RFC 6265bis, 5.6: "=value" has no name and is sent back as "value"; "=" alone is ignored.
    named = pair.strip(b" \t").removeprefix(b"=").lstrip(b" \t") if tag else b""
    return tag + named + semicolon + attributes if named else cookie


def _moved(cookie: bytes, source: bytes, request_target: bytes, place: Place) -> bytes | None:
    """Return *cookie* without Domain and with the Path from *place*; None if there is none.

    *source* is the request's path at the vendor; *request_target* is the client's.
    """
    kept: list[bytes] = []
    chosen: bytes | None = None
    for number, attribute in enumerate(cookie.split(b";")):
        name, _, value = attribute.strip(b" \t").partition(b"=")
        if number and name.strip().lower() == b"domain":
            continue
        if number and name.strip().lower() == b"path":
            # RFC 6265, 5.2.4: a value without a leading "/" means the default path.
            chosen = value.strip() if value.strip().startswith(b"/") else None
            continue
        kept.append(attribute)
    path = place(default_path(source) if chosen is None else chosen)
    if path is None:
        return None
    path = path or b"/"
    if chosen is not None or path != default_path(request_target):
        kept.append(b" Path=" + path)
    return b";".join(kept)


def default_path(request_target: bytes) -> bytes:
    """Return the default Path (RFC 6265, 5.1.4): all before the last slash, or "/" if empty."""
    path = request_target.partition(b"?")[0]
    return path[: path.rfind(b"/")] or b"/"
