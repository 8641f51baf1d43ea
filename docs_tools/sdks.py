"""The page of SDKs: which works, through which route, how that was shown, and the lines to paste.

From the vendors of `sigproxy snippet`, the recorded requests, and what `make sdk` wrote.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from docs_tools import marks
from sigproxy.config import Settings
from sigproxy.tools.snippet import PLACEHOLDER, render
from sigproxy.tools.snippet_route import suggested, toml
from sigproxy.tools.vendors import VENDORS, Sdk, Vendor
from tests.parity.sdk_vectors import Vector, read

INTRODUCTION = """\
# Which SDK works, and how

Made from what `sigproxy snippet` knows, and from the requests that the SDKs sent. The lines below
are for a gateway that is called gateway.example. `sigproxy snippet VENDOR --config FILE` prints
them with the name, the prefix and the key of yours, and says how [media](../media.md) gets
through.

- *Route*: the dialect that the gateway needs, and the preset. "path" has the vendor's host in the
  path, "fixed" leads to one host, and "host" has a name of the gateway's for each of the vendor's.
- *[Page shim](../shim.md)*: a script that the page loads before the SDK, and that sends what the
  page asks of the route's hosts through the gateway. It is for SDKs that have no setting, override
  it, or take the next host from an answer; what stands there goes past the gateway without it, and
  "no" means that nothing does.
- *Shown by*: requests that the SDK itself sent in Chromium, which `make test` plays through a
  gateway; or [every step](../sdks.md#tested-with-the-vendors-own-sdks) of it in Chromium, which
  `make test-sdk` repeats.

Not every SDK keeps the path of the URL that it is told. Where it is dropped, there can be neither a
mount prefix nor an access key: NERTC, RealtimeKit, 100ms' `initEndpoint`, Zoom's `webEndpoint`, and
`websocketUrl` of Vonage's Client SDK, where `websocketPath` mends it.
"""
OTHERS_INTRODUCTION = """\
## Others

Whatever takes the whole URL of a server works with a "fixed" route to it. For these, `snippet` has
no lines; "code" means that the SDK was read, on 2026-11-28, and not tried.
"""


# In the middle of a long name: behind a dot or a slash, and before a capital.
_BREAKABLE = re.compile(r"(?<=[./])|(?<=[a-z]{4})(?=[A-Z][a-z]{5})")


class Other(NamedTuple):
    """An SDK that `snippet` has no lines for."""

    package: str
    setting: str
    here: str


OTHERS = (
    Other(
        "agora-rtm-sdk", "`cloudProxy: true`", '"query", preset `agora`: only Agora\'s own hosts'
    ),
    Other(
        "agora-rtm-sdk, on-premises",
        "`privateConfig.accessPointHosts` and the like",
        '"host": `"*.edge" = "{}.edge.vendor.example"`',
    ),
    Other("@datadog/browser-rum", "`proxy`", '"fixed" to the intake; `ddforward=` is understood'),
    Other("@sentry/browser", "`tunnel`", '"fixed", with `keep_path = false`'),
    Other("lib-jitsi-meet", "`serviceUrl`", '"fixed"'),
    Other("janus-gateway", "`server`", '"fixed"'),
    Other("sip.js, jssip", "`server`; the WebSocket's URL", '"fixed"'),
    Other("@bandwidth/webrtc-browser", "`websocketUrl`", '"path" or "fixed"; the path is kept'),
    Other(
        "@zoom/videosdk",
        "`webEndpoint`",
        "no: prefix and port are dropped, and signaling goes to a host that an answer names",
    ),
    Other(
        "voximplant-websdk", "`serverIp`", '"fixed" at "/": a host alone, so no prefix and no key'
    ),
    Other("quickblox", "`endpoints.chat`", "no: a host alone, and port 5291"),
    Other(
        "infobip-rtc, @whereby.com/browser-sdk", "none", "no setting; the page shim was not tried"
    ),
)


def page(measured: str) -> str:
    """Return the page; *measured* is docs/sdks.md, with what `make sdk` saw."""
    proven = Proof(read("vendor_requests.json"), measured)
    return "\n".join([INTRODUCTION, *_table(proven), "", *_others(proven), *_sections()])


class Proof:
    """What shows that an SDK works."""

    def __init__(self, vectors: list[Vector], measured: str) -> None:
        self._vectors = [vector for vector in vectors if vector.upstream]
        block = marks.read(measured, "sdk")
        dates = re.findall(r"\d{4}-\d\d-\d\d", block.partition("|")[0])
        self._date = dates[0] if dates else ""
        cells = [line.strip("| ").split(" | ") for line in block.splitlines() if "|" in line]
        self._rows = [(row[0], row[2] == "yes", row[-1]) for row in cells if len(row) > 4]

    def of(self, package: str, suite: str = "") -> str:
        """Return what there is for *package*, which tests/sdk may call *suite*; "" if nothing."""
        return "; ".join([*self._in_chromium(suite), *self._recorded(package)])

    def _in_chromium(self, suite: str) -> Iterator[str]:
        for has_shim in (False, True):
            rows = [
                (name.rpartition(" ")[2], seen)
                for name, is_with, seen in self._rows
                if suite and name.rpartition(" ")[0] == suite and is_with is has_shim
            ]
            versions = list(dict.fromkeys(version for version, _ in rows))
            if versions:
                passed = all(seen == "yes" for _, seen in rows)
                steps = "every step" if passed else "not every step"
                how = " with the page shim alone" if has_shim else ""
                yield f"{steps} of {_listed(versions)}{how}, {self._date}"

    def _recorded(self, package: str) -> Iterator[str]:
        found: dict[tuple[str, str], int] = {}
        for vector in self._vectors:
            name, _, version = vector.sdk.partition(" ")
            if name == package:
                how = f"of {version}" if vector.source == "observed" else f"by the {vector.source}"
                found[how, vector.seen] = found.get((how, vector.seen), 0) + 1
        for (how, seen), count in found.items():
            yield f"{count} request{'s' if count > 1 else ''} {how}, {seen}"


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _table(proven: Proof) -> Iterator[str]:
    yield "| SDK | the app sets | route | page shim | shown by |"
    yield "|---|---|---|---|---|"
    for vendor in VENDORS.values():
        for sdk in vendor.sdks:
            cells = (
                f"[{vendor.title}](#{_anchor(vendor.title)})<br>{_as_code(sdk.package)}",
                _code(sdk.setting) or "nothing",
                _route(vendor, sdk),
                sdk.shim or "no",
                _narrow(proven.of(sdk.package, sdk.suite)),
            )
            yield f"| {' | '.join(cells)} |"


def _narrow(shown: str) -> str:
    """Return *shown* so that a narrow column breaks no date."""
    whole = shown.replace("-", "&#8209;")
    return whole.replace("; ", "<br>").replace(", ", ",<br>")


def _code(setting: str) -> str:
    return re.sub(r"[A-Za-z][\w.]+", lambda found: _as_code(found[0]), setting)


def _as_code(word: str) -> str:
    """Return *word* as code that a narrow column may break, but for an "or"."""
    return word if word == "or" else f"<code>{_BREAKABLE.sub('<wbr>', word)}</code>"


def _route(vendor: Vendor, sdk: Sdk) -> str:
    fixed = ' or "fixed"' if vendor.fixed or sdk.fixed else ""
    presets = " or ".join(f"`{name}`" for name in vendor.presets)
    also = "".join(f" with `{name}`" for name in sdk.also)
    return f'"{vendor.dialect}"{fixed}, {presets}{also}'


def _others(proven: Proof) -> Iterator[str]:
    yield OTHERS_INTRODUCTION
    yield "| SDK | the app sets | here | shown by |"
    yield "|---|---|---|---|"
    for other in OTHERS:
        shown = proven.of(other.package) or "code"
        yield f"| `{other.package}` | {other.setting} | {other.here} | {shown} |"
    yield ""


def _sections() -> Iterator[str]:
    bare = Settings().model_copy(update={"route": ()})
    for vendor in VENDORS.values():
        if vendor.sdks:
            text = render(vendor, PLACEHOLDER, suggested(vendor, PLACEHOLDER))
            lines = text.partition("\n")[2].replace("\n## ", "\n### ").strip()
            yield f"## {vendor.title}\n"
            yield f"```toml\n{toml(bare, vendor, PLACEHOLDER)}\n```\n"
            yield f"{lines}\n"


def _anchor(title: str) -> str:
    """Return the anchor that the site gives to a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())
