"""How much a client or an upstream may send, and how slowly. Each default has precedents (D11)."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    request_head_bytes: int = 32 * KIB  # nginx 4 x 8, Envoy 60
    request_field_bytes: int = 16 * KIB  # nginx 8, Node 16; tokens of a few KiB are common
    request_target_bytes: int = 16 * KIB  # nginx 8
    request_body_bytes: int = 16 * MIB  # nginx 1 MiB, which log uploads of SDKs exceed
    replay_body_bytes: int = 1 * MIB  # what a redirect may send again
    response_head_bytes: int = 64 * KIB  # nginx 4 or 8, Envoy 60
    header_timeout_s: float = 10.0  # haproxy's guides 10, nginx 60
    body_rate_bytes_s: float = 240.0  # IIS; RFC 6585 has no number
    websocket_idle_s: float = 3600.0  # nginx 60, which cuts ACS's quiet sockets

    # Not settings: they shape the two above.
    body_grace_s: float = 5.0
    field_lines: int = 256  # nginx has none, aiohttp 128, Envoy 100
    response_field_lines: int = 1024


def body_budget_s(limits: Limits, received: int) -> float:
    """Return how long a client may have kept us waiting once *received* bytes have come."""
    return limits.body_grace_s + received / limits.body_rate_bytes_s
