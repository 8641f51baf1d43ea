"""What hypothesis draws from, where more than one law is about it."""

from itertools import pairwise

from hypothesis import strategies as st

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target

_LABEL = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
_LAST_LABEL = st.from_regex(r"[a-z](?:[a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)

names = st.builds(
    lambda labels, last: ".".join([*labels, last]), st.lists(_LABEL, max_size=4), _LAST_LABEL
)
addresses = st.ip_addresses().map(lambda each: each.compressed)
ports = st.just(443) | st.integers(1, 65535)
authorities = st.builds(Authority, names | addresses, ports)

# Bytes that a parser of URLs cuts at, and words that mean something to ours, in any order.
_PIECES = [
    *(bytes([each]) for each in b"/?#:@.%[]\\&=;~ \0\r\n\x7f\xff"),
    *(b"..", b"//", b"%2f", b"%2e", b"http", b"https", b"://", b"443", b"0", b"127.0.0.1", b"::1"),
    *(b"a.example.com", b"A.EXAMPLE.COM", b"proxy.example.org", b"acs", b"x"),
]
url_like = st.lists(st.sampled_from(_PIECES), max_size=12).map(b"".join)
wire_bytes = st.binary(max_size=60) | url_like

# Field lines by which the semantics decide, in any case, with right values, odd ones, and rubbish.
_NAMES = [
    *(b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Upgrade", b"TE", b"Via"),
    *(b"Sec-WebSocket-Key", b"Sec-WebSocket-Version", b"Sec-WebSocket-Accept", b"Keep-Alive"),
    *(b"Service-Worker", b"X-Forwarded-For", b"Forwarded", b"Proxy", b"Cookie", b"X-A"),
]
_VALUES = [
    *(b"", b",", b" , ,\t", b"0", b"5", b"+5", b"5, 5", b"chunked", b"gzip, chunked", b"CHUNKED"),
    *(b"upgrade", b"close, X-A", b"websocket", b"h2c, websocket", b"13", b"1.1 sigproxy"),
    *(b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", b"a.example.com", b"a@b"),
]
_name = st.sampled_from(_NAMES).flatmap(lambda name: st.sampled_from([name, name.lower()]))
fields = st.lists(st.tuples(_name, st.sampled_from(_VALUES) | wire_bytes), max_size=8).map(tuple)

targets = st.builds(Target, authorities, wire_bytes.map(lambda each: b"/" + each))


def cut(data: bytes) -> st.SearchStrategy[list[bytes]]:
    """Draw a way in which *data* may arrive: parts, none of them empty."""
    places = st.sets(st.integers(1, max(1, len(data) - 1)), max_size=20)
    return places.map(lambda chosen: _parts(data, sorted(chosen)))


def _parts(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *places, len(data)]
    parts = [data[low:high] for low, high in pairwise(bounds)]
    return [part for part in parts if part]
