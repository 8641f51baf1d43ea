"""Cookies of many vendors inside the gateway's one origin (RFC 6265, 5; D7).

A cookie that an upstream sets loses its Domain, which names the vendor's host, and gets a Path
below that vendor's part of the gateway: no other vendor's requests carry it.

    Set-Cookie: s=1; Domain=.example.com; Path=/v1      from /api.example.com/v1/x
    Set-Cookie: s=1; Path=/api.example.com/v1
"""

from dataclasses import dataclass

from sigproxy.semantics.fields import Field


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """*scoped*: the dialect has the host in the path, so that Path can keep vendors apart."""

    scoped: bool = True

    def response_fields(
        self, fields: list[Field], mount: bytes, upstream_path: bytes, request_target: bytes
    ) -> list[Field]:
        """Return *fields* with each Set-Cookie moved below *mount*, or without any.

        *mount* is where the upstream's "/" lies in the gateway ("/prefix/api.example.com").
        *upstream_path* and *request_target* tell which Path a browser would take by itself.
        """
        if not any(name.lower() == b"set-cookie" for name, _ in fields):
            return fields
        if not self.scoped:
            return without(fields, b"set-cookie")
        wanted = mount + _default_path(upstream_path).rstrip(b"/")
        implied = wanted == _default_path(request_target)
        return [
            (name, _moved(value, mount, None if implied else wanted))
            if name.lower() == b"set-cookie"
            else (name, value)
            for name, value in fields
        ]


def without(fields: list[Field], name: bytes) -> list[Field]:
    return [each for each in fields if each[0].lower() != name]


def _moved(cookie: bytes, mount: bytes, default: bytes | None) -> bytes:
    kept: list[bytes] = []
    path = default
    for number, attribute in enumerate(cookie.split(b";")):
        name, _, value = attribute.strip(b" \t").partition(b"=")
        if number and name.strip().lower() == b"domain":
            continue
        if number and name.strip().lower() == b"path":
            if value.strip().startswith(b"/"):  # RFC 6265, 5.2.4: anything else is no path
                path = mount + value.strip().rstrip(b"/")
            continue
        kept.append(attribute)
    if path is not None:
        kept.append(b" Path=" + (path or b"/"))
    return b";".join(kept)


def _default_path(request_target: bytes) -> bytes:
    """RFC 6265, 5.1.4: up to the last slash, and "/" if that is the first."""
    path = request_target.partition(b"?")[0]
    return path[: path.rfind(b"/")] or b"/"
