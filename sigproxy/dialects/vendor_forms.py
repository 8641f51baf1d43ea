"""What the SDKs of two vendors write into the query of requests to a fixed route.

TRTC's ``unifiedProxy`` (SDK 5.17): the scheduler's choice of a host, of the upstream's own domain

/v2/ws?sdkAppId=1&signalDomain=signaling-b1.rtc.qq.com     wss://signaling-b1.rtc.qq.com/v2/ws?...

Datadog's ``proxy`` (browser SDK): path and query, percent-encoded in one parameter

/dd?ddforward=%2Fapi%2Fv2%2Frum%3Fddsource%3Dbrowser       https://.../api/v2/rum?ddsource=browser
"""

import re
from urllib.parse import unquote_to_bytes

from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import HTTPS_PORT, Authority

_FORWARD = b"ddforward="
_SIGNAL = b"signalDomain="
_SIGNAL_DOMAINS = ("rtc.qq.com", "rtc.qcloud.com", "rtc.tencentcloud.com", "cloud-rtc.com")
# docs 2026-11-28, Datadog, "Proxy Your Browser RUM Data": one host for each site
# code 2026-11-30, @datadog/browser-core 6.33.0: logs of card payments, usePciIntake
_INTAKE = re.compile(
    r"browser-intake-(?:[a-z0-9]+-)?(?:datadoghq\.(?:com|eu)|ddog-gov\.com)\Z"
    r"|pci\.browser-intake-datadoghq\.com\Z"
)
_ORIGIN_FORM = re.compile(rb"/(?!/)[^\x00-\x20\x7f-\xff#\\]*\Z")


def is_intake(authority: Authority) -> bool:
    return _INTAKE.match(authority.host) is not None


def forwarded(query: bytes) -> bytes | None:
    """Return the request target that *query* forwards, None if it has no such parameter.

    Raises BadTarget if what it has is none.
    """
    values = _values(query, _FORWARD)
    if not values:
        return None
    if len(values) > 1:
        raise BadTarget("ddforward= comes twice; send it once")
    target = unquote_to_bytes(values[0])
    if not _ORIGIN_FORM.match(target) or b"/../" in target.partition(b"?")[0] + b"/":
        raise BadTarget("ddforward= is no path; it begins with %2F and has no dot segments")
    return target


def signal_domain(authority: Authority) -> str | None:
    """Return the domain below which signalDomain= may name hosts; None if this is not TRTC's."""
    if authority.port != HTTPS_PORT:
        return None
    return next((each for each in _SIGNAL_DOMAINS if authority.host.endswith("." + each)), None)


def signalled(authority: Authority, query: bytes) -> Authority | None:
    """Return the host that *query* names, for the upstream *authority*; None if it names none.

    Raises BadTarget for a host outside that vendor's domain.
    """
    domain = signal_domain(authority) if _SIGNAL in query else None
    values = [] if domain is None else _values(query, _SIGNAL)
    if len(values) > 1:
        raise BadTarget("signalDomain= comes twice; send it once")
    if not values or not values[0]:
        return None
    named = Authority.parse(values[0])
    if named.port != HTTPS_PORT or not named.host.endswith(f".{domain}"):
        raise BadTarget(f"signalDomain= names {named}, which is not below {domain}")
    return named


def _values(query: bytes, name: bytes) -> list[bytes]:
    return [each[len(name) :] for each in query.split(b"&") if each.startswith(name)]
