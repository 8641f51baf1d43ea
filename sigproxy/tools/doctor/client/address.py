"""The gateway's URL, and the access key that may stand behind it."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority

PAGE = "/-/network"


class BadAddress(ValueError):
    """It is no gateway's URL: what is wrong, and what to write."""


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """*prefix*: what a proxy in front takes away from paths; *key* "" if there is none."""

    authority: Authority
    prefix: str = ""
    key: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what *text* names: ``https://gateway/KEY``, or the test page's own URL."""
        try:
            parts = urlsplit(text)
        except ValueError:
            raise BadAddress(
                "it is no URL; write https://gateway.example or /KEY behind it"
            ) from None
        if not parts.path.isascii() or not parts.path.isprintable() or " " in parts.path:
            raise BadAddress(
                "behind its host there is what no key has; write https://gateway.example/KEY"
            )
        if parts.scheme.lower() not in ("https", "wss") or not parts.netloc:
            shown = "it" if parts.netloc else repr(text[:60])
            raise BadAddress(
                f"{shown} does not begin with https://; write https://gateway.example, with "
                "/KEY behind it if there are keys, or --config FILE at the gateway"
            )
        try:
            authority = Authority.parse(parts.netloc.encode())
        except (BadTarget, UnicodeEncodeError) as error:
            raise BadAddress(f"{error}; write https://gateway.example or /KEY behind it") from None
        front, page, behind = parts.path.partition(PAGE)
        if page:
            return cls(authority, front, behind.strip("/"))
        return cls(authority, "", parts.path.rstrip("/").rpartition("/")[2])

    @property
    def origin(self) -> str:
        return f"https://{self.authority}"

    def at(self, path: str) -> str:
        """Return the URL of *path*, which begins with "/" and may have a query."""
        return self.origin + path

    def own(self, page: str, *, keyed: bool = False) -> str:
        """Return the path of one of the gateway's own pages, with the key behind it if *keyed*."""
        behind = f"/{self.key}" if keyed and self.key else ""
        return f"{self.prefix}/-/{page}{behind}"
