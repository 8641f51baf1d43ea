"""The page as one document: what its Content-Security-Policy lets run is what stands in it."""

import base64
import hashlib
import html
import re

from sigproxy.network import document
from sigproxy.semantics.authority import Authority

DOCUMENT = document.load()
TEXT = DOCUMENT.html.decode()


def hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def directive(name: str) -> set[str]:
    found = re.search(rf"(?:^|; ){name} ([^;]*)", DOCUMENT.policy)
    assert found is not None
    return set(found[1].split())


def test_what_may_run_is_what_there_is() -> None:
    [script] = re.findall(r"<script>(.*?)</script>", TEXT, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", TEXT, re.DOTALL)
    [frame] = re.findall(r'srcdoc="([^"]*)"', TEXT)
    [inner] = re.findall(r"<script>(.*?)</script>", html.unescape(frame), re.DOTALL)
    assert directive("script-src") == {hashed(script), hashed(inner)}
    assert directive("style-src") == {hashed(style)}
    assert directive("default-src") == {"'none'"}
    assert "unsafe" not in DOCUMENT.policy


def test_there_is_nothing_that_the_policy_would_refuse() -> None:
    markup = re.sub(r"<(script|style)>.*?</\1>", "", TEXT, flags=re.DOTALL)
    assert re.findall(r"\s(?:style|on\w+)=", markup) == []
    assert re.findall(r"(?:src|href)=\"(?!#|data:|mailto:)[^\"]*", markup) == []
    assert "eval(" not in TEXT
    assert "innerHTML" not in TEXT  # what a vendor or a middlebox answers is shown as text


def test_the_gateways_own_urls_may_be_asked_by_their_names() -> None:
    fields = dict(DOCUMENT.fields([Authority("gw.example"), Authority("gw.example", 8443)]))
    assert fields[b"Content-Security-Policy"].endswith(
        b"; connect-src 'self'"
        b" https://gw.example http://gw.example wss://gw.example ws://gw.example"
        b" https://gw.example:8443 http://gw.example:8443"
        b" wss://gw.example:8443 ws://gw.example:8443"
    )


def test_it_is_small() -> None:
    """Whose network is bad waits for it."""
    assert len(DOCUMENT.html) < 100_000
