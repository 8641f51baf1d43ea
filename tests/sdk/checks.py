"""What must be true of a run through a gateway."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.sdk import mapping
from tests.sdk.record import Asked, Received, Run
from tests.sdk.scenario import Scenario
from tests.sdk.upstream import PAGES

# Of what the browser sends, this is for the next hop or about it (RFC 9110, 7.6.1; RFC 6455).
HOP_BY_HOP = {"connection", "upgrade", "host", "keep-alive"} | {
    f"sec-websocket-{name}" for name in ("key", "version", "extensions")
}
# What a gateway says of itself and of the client.
ADDED = {"via", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"} | {
    "cdn-loop",
    "x-real-ip",
    "x-user-address",
}


def forwarding_faults(scenario: Scenario, run: Run) -> Iterator[str]:
    """Compare what the page asked of the gateway with what the vendors got, byte for byte."""
    unclaimed = [each for each in run.received if not each.is_preflight]
    asked = [each for each in run.asked if f"//{PAGES}/" not in each.url]
    # Those first that must have arrived: the page has an answer of each.
    for each in sorted(asked, key=lambda each: each.status is None):
        url = scenario.vendor_url(each, proxied=True)
        same = [r for r in unclaimed if (r.method, mapping.normal(r.url)) == (each.method, url)]
        found = min(same, key=lambda r: len(_differences(each, r)), default=None)
        if found is not None:
            unclaimed.remove(found)
            yield from (f"{each.method} {url}: {fault}" for fault in _differences(each, found))
        elif url is not None and each.status is not None:
            yield f"{each.method} {each.url} did not arrive as {url}"
    yield from (f"nobody asked for {each.method} {each.url}" for each in unclaimed)


def _differences(asked: Asked, received: Received) -> list[str]:
    """Return what is not the same at both ends of the gateway."""
    faults = [
        f"{name}: {value!r} became {received.value(name)!r}"
        for name, value in asked.fields.items()
        if name not in HOP_BY_HOP and received.value(name) != value
    ]
    if asked.body is None or asked.body != received.body:
        faults.append(f"body: {asked.body!r:.200} became {received.body!r:.200}")
    said = received.messages
    if asked.messages[: len(said)] != said:
        faults.append(f"messages: {asked.messages!r:.200} became {said!r:.200}")
    address = received.host, received.port
    if address != mapping.address(received.url) or received.sni not in (None, received.host):
        faults.append(f"went to {received.sni} at port {received.port}")
    return faults


@dataclass(frozen=True, slots=True)
class Stray:
    """What an SDK sends past any gateway, by no fault of that; *most* is how often."""

    sdk: str
    url: str
    reason: str
    field: tuple[str, str] | None = None
    most: int | None = None

    def is_of(self, scenario: Scenario, received: Received) -> bool:
        name, value = self.field or ("host", received.value("host") or "")
        is_it = re.search(self.url, received.url) and received.value(name) == value
        return scenario.sdk == self.sdk and bool(is_it)


STRAYS = (
    Stray(
        "ACS Calling 2.0.0",
        r"^https://ic3\.events\.data\.microsoft\.com/OneCollector/1\.0/\?",
        "the media stack has a telemetry of its own, which does not know the proxy",
        field=("client-version", "1DS-Web-JS-4.2.1"),
    ),
    Stray(
        "Agora 4.3.0",
        r"^https://logservice\.agora\.io/upload/v1$",
        "the first log is sent before anybody can call setProxyServer",
        most=1,
    ),
)


def leaks(scenario: Scenario, run: Run) -> Iterator[str]:
    """Return what left the browser past the gateway, and need not have."""
    strays: Counter[Stray | None] = Counter()
    for each in run.caught:
        if each.is_preflight:  # the request that follows it is judged
            continue
        stray = next((stray for stray in STRAYS if stray.is_of(scenario, each)), None)
        strays[stray] += 1
        if stray is None or strays[stray] > (stray.most or strays[stray]):
            yield f"{each.method} {each.url} went past the gateway"
