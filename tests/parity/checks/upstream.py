"""Claims about what reached the upstream and the DNS."""

import re
from collections.abc import Callable

from tests.parity.dns import FORBIDDEN
from tests.parity.model import Check, Observation
from tests.parity.record import UpstreamRequest


def requests(*allowed: int) -> Check:
    """The upstream got one of these numbers of requests."""

    def check(seen: Observation) -> str | None:
        got = [f"{each.method} {each.target[:60]}" for each in seen.record.requests]
        return None if len(got) in allowed else f"upstream got {got}, wanted {allowed}"

    return check


def at_most(count: int) -> Check:
    return requests(*range(count + 1))


def got(**expected: object) -> Check:
    """The last request has these attributes; a tuple lists alternatives.

    Of the request: method, target, version, host, body, framing. Of its connection: address, tls,
    sni.
    """

    def judge(request: UpstreamRequest) -> str | None:
        for name, wanted in expected.items():
            value = _attribute(request, name)
            if value not in (wanted if isinstance(wanted, tuple) else (wanted,)):
                return f"upstream {name} {_short(value)}, wanted {_short(wanted)}"
        return None

    return _last(judge)


def body_size(size: int) -> Check:
    def judge(request: UpstreamRequest) -> str | None:
        got = len(request.body)
        return None if got == size else f"the upstream got {got} bytes, wanted {size}"

    return _last(judge)


def no_whole_body() -> Check:
    """No body that broke off was completed for the upstream."""

    def check(seen: Observation) -> str | None:
        whole = [each.target for each in seen.record.requests if each.body_is_whole]
        return f"the upstream got a whole body for {whole}" if whole else None

    return check


def field(name: str, *values: str) -> Check:
    """The last request has exactly these values of the field, line by line."""

    def judge(request: UpstreamRequest) -> str | None:
        got = request.values(name)
        return None if got == list(values) else f"upstream {name} {got}, wanted {list(values)}"

    return _last(judge)


def field_like(name: str, pattern: str) -> Check:
    """The pattern is found in the field's lines, joined by commas."""

    def judge(request: UpstreamRequest) -> str | None:
        got = ", ".join(request.values(name))
        return None if re.search(pattern, got) else f"upstream {name} {got!r} not {pattern!r}"

    return _last(judge)


def no_field(*names: str) -> Check:
    def judge(request: UpstreamRequest) -> str | None:
        present = {name: request.values(name) for name in names if request.values(name)}
        return f"the upstream got {present}" if present else None

    return _last(judge)


def fields_in_order(*expected: tuple[str, str]) -> Check:
    """These lines came, in this order, names in their own case; others may lie between."""

    def judge(request: UpstreamRequest) -> str | None:
        rest = iter(request.fields)
        missing = [each for each in expected if each not in rest]
        return f"upstream lacks {missing} in {request.fields}" if missing else None

    return _last(judge)


def no_text(text: str) -> Check:
    """No request head that arrived holds *text*."""

    def check(seen: Observation) -> str | None:
        heads = [each.head.decode("latin-1") for each in seen.record.requests]
        return f"{text!r} went upstream" if any(text in head for head in heads) else None

    return check


def targets(*expected: str) -> Check:
    def check(seen: Observation) -> str | None:
        got = [each.target for each in seen.record.requests]
        return None if got == list(expected) else f"upstream targets {got}"

    return check


def unforbidden() -> Check:
    """Nothing, not even a connection, went to the address outside ``allow_networks``."""

    def check(seen: Observation) -> str | None:
        addresses = [each.address for each in seen.record.connections]
        hit = [each for each in addresses if each.startswith(FORBIDDEN)]
        return f"went to {hit[0]}" if hit else None

    return check


def never_host(name: str) -> Check:
    def check(seen: Observation) -> str | None:
        hosts = [each.host for each in seen.record.requests]
        return f"went to {name}" if name in hosts else None

    return check


def no_clear_text() -> Check:
    def check(seen: Observation) -> str | None:
        clear = [each.address for each in seen.record.connections if each.tls is None]
        return f"spoke in clear to {clear[0]}" if clear else None

    return check


def ended(open_at_most: int = 0) -> Check:
    """The connections to the upstream are closed, but for so many (pooled) ones."""

    def check(seen: Observation) -> str | None:
        if not seen.record.connections:
            return "nothing reached the upstream"
        still = [each.address for each in seen.record.connections if not each.ended]
        return f"still open: {still}" if len(still) > open_at_most else None

    return check


def handshakes(at_most: int) -> Check:
    def check(seen: Observation) -> str | None:
        count = seen.record.handshakes
        return f"{count} full TLS handshakes" if count > at_most else None

    return check


def lookups(name: str, at_least: int = 0, at_most: int = 99) -> Check:
    """So many A queries were made for *name*."""

    def check(seen: Observation) -> str | None:
        count = seen.record.lookups_of(name)
        return None if at_least <= count <= at_most else f"{count} A queries for {name}"

    return check


def sent_at_most(size: int) -> Check:
    """Back-pressure: of a large answer the upstream could send no more than this."""

    def judge(request: UpstreamRequest) -> str | None:
        return f"the gateway took {request.sent} bytes" if request.sent > size else None

    return _last(judge)


def frame(opcode: int) -> Check:
    """A frame with this opcode reached the upstream."""

    def judge(request: UpstreamRequest) -> str | None:
        opcodes = [each.opcode for each in request.frames]
        return None if opcode in opcodes else f"the upstream got frames {opcodes}"

    return _last(judge)


def _attribute(request: UpstreamRequest, name: str) -> object:
    of_connection = name in ("address", "tls", "sni")
    return getattr(request.connection if of_connection else request, name)


def _last(judge: Callable[[UpstreamRequest], str | None]) -> Check:
    def check(seen: Observation) -> str | None:
        every = seen.record.requests
        return judge(every[-1]) if every else f"nothing reached the upstream ({seen.status})"

    return check


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 120 else text[:120] + "..."
