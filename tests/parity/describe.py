"""A case and an observation in a few words, for tables."""

from tests.parity.model import GATEWAY, Case, Observation
from tests.parity.record import Frame, UpstreamRequest
from tests.parity.steps import Send

WIDTH = 72
_FRAMES = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
_USUAL = (f"Host: {GATEWAY}", "Connection: close", "")


def request(case: Case) -> str:
    """Return the first request's line and its unusual fields."""
    sent = next((step.data for step in case.script if isinstance(step, Send)), b"")
    text = sent.decode("latin-1").strip()
    head, _, body = text.partition("\r\n\r\n")
    lines = [line for line in head.split("\r\n") if line not in _USUAL]
    parts = [short(line) for line in lines[:4]]
    if len(lines) > 4:
        parts.append("...")
    if body:
        parts.append(f"body {short(body, 24)!r}")
    return " / ".join(parts)


def outcome(case: Case, seen: Observation) -> str:
    """Return what the client got and, where that is recorded, what reached the upstream."""
    parts = [str(response.status or "no HTTP") for response in seen.responses] or ["no answer"]
    client = ", ".join(parts[:3]) + (" cut short" if _was_cut(seen) else "")
    if seen.frames:
        client += "; " + ", ".join(map(_frame, seen.frames[:3]))
    if case.in_background:
        return client
    upstream = [_upstream(each) for each in seen.record.requests]
    return f"{client}; upstream: {_listed(upstream)}"


def _was_cut(seen: Observation) -> bool:
    return bool(seen.responses) and seen.status is not None and not seen.response.is_whole


def _frame(frame: Frame) -> str:
    return f"{_FRAMES.get(frame.opcode, frame.opcode)} of {len(frame.payload)} bytes"


def _upstream(request: UpstreamRequest) -> str:
    return f"{request.method} {short(request.target, 40)} at {short(request.host, 30)}"


def _listed(upstream: list[str]) -> str:
    if not upstream:
        return "nothing"
    more = f", and {len(upstream) - 2} more" if len(upstream) > 2 else ""
    return ", ".join(upstream[:2]) + more


def short(text: str, width: int = WIDTH) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
