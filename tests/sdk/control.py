"""Two runs of one scenario, with and without a gateway: what the vendors saw must be the same.

What is compared is the set of requests, each with its method, URL, fields and the kind of its
body. That bodies and WebSocket messages arrive byte for byte is proved inside each run, where
nothing is random; between two runs this hides:

- what is drawn anew for each run: GUIDs, times, tokens, session names, multipart boundaries;
- how often a request was made, and the lengths of bodies;
- everything but the service in what is sent by the clock (telemetry, logs, reports): which of it
  was under way when the run ended is chance;
- which of a service's hosts was asked where Agora's SDK asks several and takes the first answer.
"""

import json
import re
from collections.abc import Iterator

from tests.sdk import mapping
from tests.sdk.checks import ADDED, HOP_BY_HOP
from tests.sdk.record import Received, Run

DRAWN = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.\w+"), "<token>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<guid>"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{16,}(?![0-9a-f])"), "<hex>"),  # of traceparent and the like
    (re.compile(r"\b\d{10,}"), "<time>"),
    (re.compile(r"(?<=sessionId=)[0-9a-z]+"), "<session>"),  # watchRTC
    (re.compile(r"(?<=boundary=)[\w-]+"), "<boundary>"),
    (re.compile(r" \(onlyUsedProxy\)\."), ""),  # what ACS says of its own setting
)
# Agora's names: service, perhaps a number, and one of three domains.
RACED = re.compile(r"(?<=//)([\w-]+?)(-\d+)?(\.edge|\.ap)?\.(agora\.io|agoraio\.cn|sd-rtn\.com)")
BY_THE_CLOCK = re.compile(
    r"\.events\.data\.microsoft\.com/OneCollector/|//hlg\.tokbox\.com/prod/logging/"
    r"|//statscollector\.|//logservice\."
)
# With a proxy server set, Agora's SDK leaves this out by itself.
LEFT_OUT = re.compile(r"(?<=/api/v1)\?action=config$")
BODY = {"content-length"}

Summary = tuple[str, ...]


def differences(direct: Run, proxied: Run) -> Iterator[str]:
    """Yield what differs between a run without a gateway and one through it."""
    without, through = _summaries(direct), _summaries(proxied)
    yield from (f"only without the gateway: {' '.join(each)}" for each in without - through)
    yield from (f"only through the gateway: {' '.join(each)}" for each in through - without)
    if direct.state != proxied.state:
        yield f"the SDK says {direct.state} without the gateway, {proxied.state} through it"


def _summaries(run: Run) -> set[Summary]:
    return {_summary(each) for each in run.arrived if not each.is_preflight}


def _summary(received: Received) -> Summary:
    url = LEFT_OUT.sub("", RACED.sub(r"\1.agora", _without_drawn(mapping.normal(received.url))))
    if clocked := BY_THE_CLOCK.search(url):
        return received.method, clocked[0]
    fields = sorted(
        f"{name.lower()}: {_without_drawn(value)}"
        for name, value in received.fields
        if name.lower() not in HOP_BY_HOP | ADDED | BODY
    )
    return received.method, url, *fields, _kind(received.body)


def _without_drawn(text: str) -> str:
    for pattern, name in DRAWN:
        text = pattern.sub(name, text)
    return text


def _kind(body: bytes) -> str:
    """Return what sort of body it is; of a JSON object, the names in it."""
    try:
        value = json.loads(body)
    except ValueError:
        return "other bytes" if body else "no body"
    return f"JSON {sorted(value)}" if isinstance(value, dict) else "JSON"
