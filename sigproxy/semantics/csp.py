"""Content-Security-Policy: what admits one inline script or style (CSP 3, 6.7.2.3)."""

import base64
import hashlib


def hash_source(text: str) -> str:
    """Return the source expression that admits *text*.

    >>> hash_source("alert('Hello, world.');")
    "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    """
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
