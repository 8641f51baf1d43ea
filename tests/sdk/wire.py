"""What an SDK asks of the network, told so that two releases can be compared.

That is the methods, the hosts and the paths, and for WebSockets the names in the query too. What is
drawn anew for each run, and the SDK's own version, are left out.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.sdk import mapping
from tests.sdk.control import without_drawn
from tests.sdk.record import Received, Run
from tests.sdk.scenario import Noise
from tests.sdk.vendors import SERVICES

VERSION = re.compile(r"\d+\.\d+\.\d+(\.\d+)?(?![\d.]|\.[a-z])")


def seen(noise: Noise, run: Run) -> set[str]:
    """Return each thing that *run* asked for, once."""
    return {_told(noise, each) for each in run.arrived if not each.is_preflight}


def _told(noise: Noise, received: Received) -> str:
    url = without_drawn(noise, mapping.normal(received.url))
    if noise.clocked and (clocked := re.search(noise.clocked, url)):
        return f"{received.method} {clocked[0]}"  # which of its hosts it is, is chance
    parts = urlsplit(url)
    place = VERSION.sub("<version>", f"{parts.scheme}://{parts.netloc}{parts.path}")
    if not received.is_websocket:
        return f"{received.method} {place}"
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair})
    return f"WebSocket {place}{'?' if names else ''}{'&'.join(names)}"


def changes(before: set[str], after: set[str]) -> Iterator[str]:
    """Yield what is gone and what is new, new hosts first."""
    known, found = _hosts(before), _hosts(after)
    yield from (f"new host: {host}{_whose(host)}" for host in sorted(found - known))
    yield from (f"host no longer asked: {host}" for host in sorted(known - found))
    yield from (f"new: {each}" for each in sorted(after - before))
    yield from (f"gone: {each}" for each in sorted(before - after))


def _hosts(told: set[str]) -> set[str]:
    urls = (each.partition(" ")[2] for each in told)
    return {urlsplit(url).netloc for url in urls if "://" in url}


def _whose(host: str) -> str:
    """Return a remark on a host that no scripted vendor answers for."""
    name = host.partition(":")[0]
    is_known = any(f".{name}".endswith(f".{domain}") for domain in SERVICES)
    return "" if is_known else ", which is none of a vendor's that is scripted"
