"""The page shim with a route's hosts filled in: as it is served, and as an app bundles it (ADR 35).

The bytes that are served depend on the version and the configuration alone, so that a page can
demand them by their hash (Subresource Integrity). They hold no access key: the script finds the
gateway, the prefix and the key in its own URL.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from sigproxy import __version__
from sigproxy.policies.targets import Pattern
from sigproxy.semantics.authority import HTTPS_PORT, Authority

PATH = b"/-/shim.js"  # behind the route's prefix and key

_PLACE = "(SETTINGS,"  # where the configuration belongs
_BANNER = f"// sigproxy {__version__}, Apache-2.0; readable: sigproxy/shim/shim.js\n"


class Turn(NamedTuple):
    """The ICE servers that a bundled script puts into an SDK's calls."""

    url: str  # of /-/ice, with its query
    place: str  # "replace" or "before": what becomes of the SDK's own


@dataclass(frozen=True, slots=True)
class Script:
    """The script as it is served: *text*, and the same compressed with gzip."""

    text: bytes
    compressed: bytes = field(init=False)
    integrity: str = field(init=False)
    digest: bytes = field(init=False)  # hex, for ETag

    def __post_init__(self) -> None:
        digest = hashlib.sha384(self.text).digest()
        integrity = f"sha384-{base64.b64encode(digest).decode()}"
        object.__setattr__(self, "integrity", integrity)
        object.__setattr__(self, "digest", digest.hex()[:32].encode())
        # No time in it: every worker and machine has the same bytes.
        object.__setattr__(self, "compressed", gzip.compress(self.text, mtime=0))

    @classmethod
    def of(cls, source: str, hosts: Iterable[Pattern], levels: int | None) -> Self:
        """Return the script for *hosts*; *levels*: how many directories below /-/ice's it lies.

        *levels* None: the gateway gives no TURN credentials.
        """
        settings: dict[str, object] = {"version": __version__, "hosts": _listed(hosts)}
        if levels is not None:
            settings["ice"] = levels
        return cls(filled(source, settings).encode())


def bundled(
    source: str, hosts: Iterable[Pattern], base: str, turn: Turn | None, *, is_module: bool
) -> str:
    """Return the script for an app's own bundle: *base* is the gateway's URL with prefix and key.

    A module exports what the page has as ``window.sigproxy``.
    """
    settings: dict[str, object] = {
        "version": __version__,
        "hosts": _listed(hosts),
        "base": base,
    }
    if turn is not None:
        settings["turn"] = turn._asdict()
    text = filled(source, settings)
    return text.replace("(function", "export default (function", 1) if is_module else text


def filled(source: str, settings: dict[str, object]) -> str:
    """Return *source* with *settings* in it."""
    before, place, after = source.partition(_PLACE)
    if not place:
        raise ValueError(f"the page shim lacks {_PLACE}")
    return f"{_BANNER}{before}({json.dumps(settings, separators=(',', ':'))},{after}"


def _listed(hosts: Iterable[Pattern]) -> list[str]:
    """Return *hosts* without networks of IPv6: the script does not know them."""
    return [shown(each) for each in hosts if each.network is None or each.network.version == 4]


def shown(pattern: Pattern) -> str:
    """Return *pattern* as `targets` spells it, with the host as browsers spell it."""
    host = pattern.host
    if pattern.wildcard:
        host = f"*.{host}" if host else "*"
    elif Authority(host).is_ip and ":" in host:
        host = f"[{host}]"
    if (pattern.low, pattern.high) == (HTTPS_PORT, HTTPS_PORT):
        return host
    if (pattern.low, pattern.high) == (1, 65535):
        return f"{host}:*"
    ports = str(pattern.low) if pattern.low == pattern.high else f"{pattern.low}-{pattern.high}"
    return f"{host}:{ports}"
