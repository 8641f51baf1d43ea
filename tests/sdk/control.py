"""Two runs of one scenario, with and without a gateway: what the vendors saw must be the same.

What is compared is the set of requests, each with its method, URL, fields and the kind of its
body. That bodies and WebSocket messages arrive byte for byte is proved inside each run, where
nothing is random; between two runs this hides:

- what is drawn anew for each run: GUIDs, times, tokens, multipart boundaries, the page's name;
- how often a request was made, and the lengths of bodies;
- everything but the service in what is sent by the clock (telemetry, logs, reports): which of it
  was under way when the run ended is chance;
- what a scenario says of its SDK alone (``Noise``).
"""

import json
import re
from collections.abc import Iterator

from tests.sdk import mapping
from tests.sdk.checks import ADDED, HOP_BY_HOP
from tests.sdk.record import Received, Run, Way
from tests.sdk.scenario import Noise, Scenario

DRAWN = (
    (r"\brun-\d+(?=\.app\.example\.net\b)", "<page>"),
    (r"eyJ[\w-]+\.[\w-]+\.\w+", "<token>"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<guid>"),
    (r"(?<![0-9a-f])[0-9a-f]{16,}(?![0-9a-f])", "<hex>"),  # of traceparent and the like
    (r"\b\d{10,}", "<time>"),
    (r"(?<=boundary=)[\w-]+", "<boundary>"),
)
BODY = {"content-length"}

Summary = tuple[str, ...]


def differences(scenario: Scenario, direct: Run, proxied: Run) -> Iterator[str]:
    """Yield what differs between a run without a gateway and one through it."""
    noise = scenario.noise
    without, through = summaries(noise, direct), summaries(noise, proxied)
    for each in without - through:
        if not _is_left_out(noise, proxied, each):
            yield f"only without the gateway: {' '.join(each)}"
    yield from (f"only through the gateway: {' '.join(each)}" for each in through - without)
    if direct.state != proxied.state:
        yield f"the SDK says {direct.state} without the gateway, {proxied.state} through it"


def _is_left_out(noise: Noise, proxied: Run, summary: Summary) -> bool:
    by_setting = noise.left_out if proxied.way is Way.SETTING else None
    return bool(by_setting and re.search(by_setting, summary[1]))


def summaries(noise: Noise, run: Run) -> set[Summary]:
    """Return each request without what is chance: its method, URL, fields and kind of body."""
    return {_summary(noise, each) for each in run.arrived if not each.is_preflight}


def _summary(noise: Noise, received: Received) -> Summary:
    url = without_drawn(noise, mapping.normal(received.url))
    if noise.clocked and (clocked := re.search(noise.clocked, url)):
        return received.method, clocked[0]
    fields = sorted(
        f"{name.lower()}: {without_drawn(noise, value)}"
        for name, value in received.fields
        if name.lower() not in HOP_BY_HOP | ADDED | BODY
    )
    return received.method, url, *fields, _kind(received.body)


def without_drawn(noise: Noise, text: str) -> str:
    """Return *text* with names in place of what is drawn anew for each run."""
    for pattern, name in (*DRAWN, *noise.drawn):
        text = re.sub(pattern, name, text)
    return text


def _kind(body: bytes) -> str:
    """Return what sort of body it is; of a JSON object, the names in it."""
    try:
        value = json.loads(body)
    except ValueError:
        return "other bytes" if body else "no body"
    return f"JSON {sorted(value)}" if isinstance(value, dict) else "JSON"
