"""What must be true of a run through a gateway."""

from collections import Counter
from collections.abc import Iterator

from tests.sdk import mapping
from tests.sdk.mapping import PAGES
from tests.sdk.record import Asked, Received, Run, Way
from tests.sdk.scenario import Scenario, Stray

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
    asked = [each for each in run.asked if f"{PAGES}/" not in each.url]
    # Those first that must have arrived: the page has an answer of each.
    for each in sorted(asked, key=lambda each: each.status is None):
        url = scenario.vendor_url(each, run.way)
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
    # What is on its way as the run ends has not arrived, whichever way it goes.
    for name, sent, arrived in (
        ("messages", asked.messages, received.messages),
        ("replies", received.replies, asked.replies),
    ):
        if sent[: len(arrived)] != arrived:
            faults.append(f"{name}: {sent!r:.200} became {arrived!r:.200}")
    address = received.host, received.port
    if address != mapping.address(received.url) or received.sni not in (None, received.host):
        faults.append(f"went to {received.sni} at port {received.port}")
    return faults


def leaks(scenario: Scenario, run: Run) -> Iterator[str]:
    """Return what left the browser past the gateway, or would have, and need not have."""
    yield from (f"the page's policy refused {each}" for each in run.refused)
    known = scenario.strays if run.way is Way.SETTING else ()
    strays: Counter[Stray | None] = Counter()
    for each in run.caught:
        if each.is_preflight:  # the request that follows it is judged
            continue
        stray = next((stray for stray in known if stray.is_it(each)), None)
        strays[stray] += 1
        if stray is None or strays[stray] > (stray.most or strays[stray]):
            yield f"{each.method} {each.url} went past the gateway"
