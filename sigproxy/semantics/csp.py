"""Content-Security-Policy: of one inline script or style (CSP 3, 6.7.2.3), and of a whole page."""

import base64
import hashlib

from sigproxy.semantics.fields import Field


def hash_source(text: str) -> str:
    """Return the source expression that admits *text*.

    >>> hash_source("alert('Hello, world.');")
    "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    """
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def still_page(style: str) -> list[Field]:
    """Return the fields of an HTML page that has this *style*, and in which nothing runs."""
    policy = (
        f"default-src 'none'; style-src {hash_source(style)}; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return [
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Security-Policy", policy.encode()),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Referrer-Policy", b"no-referrer"),  # the URL may have a key
    ]
