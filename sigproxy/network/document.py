"""The network test's page: one HTML document, put together from the files in ``static/``.

Nothing is loaded from elsewhere, and nothing runs but what stands in it: the
Content-Security-Policy has the hashes of its script, of the script in its frame, and of its style.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from string import Template

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.csp import hash_source
from sigproxy.semantics.fields import Field

# In the order in which one needs another.
SCRIPTS = (
    *("texts.js", "findings.js", "plan.js", "verdict.js", "report.js", "steps.js", "media.js"),
    *("chart.js", "view.js", "run.js", "main.js"),
)
# Its origin is nobody's, so that what it asks of the gateway is cross-origin and has a preflight.
FRAME = "frame.js"


@dataclass(frozen=True, slots=True)
class Document:
    """*policy*: the Content-Security-Policy, but for the gateway's own names."""

    html: bytes
    policy: str

    def fields(self, own: Iterable[Authority]) -> list[Field]:
        """Return the response's fields; *own*: the names by which the client may know us."""
        # Named too: to Firefox nothing is 'self' in a frame whose origin is opaque.
        schemes = ("https", "http", "wss", "ws")
        names = [f"{scheme}://{name}" for name in sorted(map(str, own)) for scheme in schemes]
        policy = "; ".join((self.policy, " ".join(("connect-src 'self'", *names))))
        return [
            (b"Content-Type", b"text/html; charset=utf-8"),
            (b"Content-Security-Policy", policy.encode()),
            (b"X-Content-Type-Options", b"nosniff"),
            (b"Referrer-Policy", b"no-referrer"),  # the URL has the key
            (b"Cross-Origin-Opener-Policy", b"same-origin"),
            (b"Permissions-Policy", b"camera=(), microphone=(), geolocation=()"),
        ]


def load() -> Document:
    """Return the document, from the package's files."""
    style = _read("style.css")
    frame = _read(FRAME)
    script = "".join(map(_read, SCRIPTS))
    inside = html.escape(f"<!doctype html><script>{frame}</script>")
    page = Template(_read("page.html")).substitute(style=style, script=script, frame=inside)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {hash_source(script)} {hash_source(frame)}",
            f"style-src {hash_source(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    return Document(page.encode(), policy)


def _read(name: str) -> str:
    return resources.files("sigproxy.network").joinpath("static", name).read_text("utf-8")
