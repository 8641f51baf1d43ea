"""What each error token means in plain words, how bad it is, and how to mend it.

For people who look at the gateway from outside: the status page and `sigproxy top`. The tokens are
those of ``errors`` and those that only the access log has.
"""

from functools import partial
from typing import Literal, NamedTuple

from sigproxy.remedies_egress import EGRESS

Gravity = Literal["fault", "warning", "notice", "quiet"]
GRAVITIES: tuple[Gravity, ...] = ("fault", "warning", "notice", "quiet")  # the worst first


class Remedy(NamedTuple):
    """*what* may name ``{place}``: a vendor's host, or whatever it is about.

    *gravity* "fault": something does not work, "warning": it will not, or not for everybody,
    "notice": the gateway did what it should, and somebody is refused, "quiet": a client's own.
    """

    gravity: Gravity
    what: str
    how: str


_fault = partial(Remedy, "fault")
_warning = partial(Remedy, "warning")
_notice = partial(Remedy, "notice")
_quiet = partial(Remedy, "quiet")

_BACKGROUND = "Nothing to do, unless an app should have got through: then see the access log."
_VENDOR_ANSWERS = "Ask the vendor, or its status page; nothing here can change its answers."

REMEDIES: dict[str, Remedy] = {
    # The vendor's side.
    "dns_error": _fault(
        "{place}: DNS gives no address, or the name servers fail",
        "Look it up on this machine (getent hosts NAME). If the name is right, let the firewall "
        "allow DNS, or set upstream.nameservers.",
    ),
    "dns_timeout": _fault(
        "{place}: no name server answers in time",
        "Let the firewall allow DNS (UDP and TCP 53) from this machine, or set "
        "upstream.nameservers to servers that answer.",
    ),
    "connection_refused": _fault(
        "{place}: connections are refused",
        "The vendor's service is down there, or a firewall rejects: allow TCP to this host and "
        "port from this machine.",
    ),
    "connection_timeout": _fault(
        "{place} cannot be reached",
        "Most often a firewall drops it: allow TCP to this host and port from this machine "
        "(sigproxy firewall prints the list).",
    ),
    "connection_terminated": _fault(
        "{place}: connections are closed before there is an answer",
        "A firewall or proxy on the way may cut them off; else the vendor's service is failing: "
        "see its status page.",
    ),
    "tls_certificate_error": _fault(
        "{place}: the certificate is not valid",
        "If the issuer is your own firewall, it intercepts TLS: exempt this host there, or trust "
        "its root in upstream.ca_file. Otherwise check this machine's clock, then ask the vendor.",
    ),
    "tls_error": _fault(
        "{place}: the TLS handshake fails",
        "Something on the way may not be TLS, or may intercept it: exempt this host from "
        "inspection, and check the port.",
    ),
    "response_timeout": _fault(
        "{place}: requests are taken and not answered",
        "The vendor is overloaded, or a proxy on the way holds answers back. For long polls, raise "
        "upstream.response_timeout_s.",
    ),
    "bad_response": _fault(
        "{place}: the answer is not HTTP",
        "Check that this host and port are the vendor's, and that no proxy on the way answers.",
    ),
    "response_head_too_large": _fault(
        "{place}: the head of the answer is too large",
        "Raise limits.response_head_kib if the vendor means it.",
    ),
    "upgrade_failed": _fault(
        "{place}: a WebSocket is not accepted as it should be",
        "A proxy on the way may not know WebSockets: exempt this host there.",
    ),
    "redirect_refused": _warning(
        "{place}: redirects lead to where this route does not go",
        "If the app needs that host, add it to the route's targets.",
    ),
    "upstream_failed": _fault(
        "{place}: requests fail",
        "The detail says how; check this machine's network, then the vendor's status page.",
    ),
    "upstream_stalled": _warning(
        "{place}: a WebSocket is not read any more",
        "The vendor's service hangs, or a firewall dropped the connection without a word.",
    ),
    "upstream_gone": _notice(
        "{place}: WebSockets are closed without a Close frame",
        "Its service may restart, or a proxy on the way cuts them: exempt this host there.",
    ),
    "upstream_reset": _notice(
        "{place}: WebSockets are reset",
        "Its service may crash, or a firewall on the way resets them: exempt this host there.",
    ),
    "upstream_vanished": _notice(
        "{place}: nothing is acknowledged on WebSockets any more",
        "A firewall on the way may have dropped the connection without a word: see its time limit.",
    ),
    **{token: _fault(*texts) for token, texts in EGRESS.items()},
    "turn_unreachable": _fault(
        "The TURN server cannot be used",
        "See that coturn runs and has the tcp-proxy-port that turn.relay names.",
    ),
    "turn_stalled": _warning(
        "The TURN server stopped reading", "See coturn's log, and whether it has CPU."
    ),
    # This gateway.
    "internal_error": _fault(
        "The gateway itself failed",
        "The error log has the traceback; please report it.",
    ),
    "descriptors_exhausted": _fault(
        "A worker has no file descriptor left",
        "Raise LimitNOFILE= in the unit (ulimit -n in a shell), or server.workers.",
    ),
    "overloaded": _fault(
        "A worker has all the connections or WebSockets that it may have",
        "Raise limits.connections or limits.websockets (and LimitNOFILE=), or server.workers.",
    ),
    # Limits for one client.
    "too_many_requests": _warning(
        "A client sends more requests than limits.request_rate allows",
        "If many users share its address, raise limits.request_rate; else see what it does.",
    ),
    "too_many_connections": _warning(
        "A client has more connections than limits.connections_per_address allows",
        "If many users share its address (NAT), raise it. If it is a proxy in front, add it to "
        "server.trusted_proxies.",
    ),
    "too_many_websockets": _warning(
        "A client has more WebSockets than limits.websockets_per_address allows",
        "If many users share its address (NAT), raise it. If it is a proxy in front, add it to "
        "server.trusted_proxies.",
    ),
    "too_many_credentials": _warning(
        "A client asks for more TURN credentials than turn.credentials_per_address allows",
        "If many users share its address, raise it; else the app asks more often than it needs.",
    ),
    "too_many_network_tests": _notice(
        "A client asks for more network tests than network_test.requests_per_address allows",
        "If many users share its address, raise it; else somebody plays with the page.",
    ),
    # Clients that get no further than TLS.
    "tls_untrusted": _warning(
        "Clients do not trust the gateway's certificate",
        "Serve the whole chain, for the name that they ask for, of an authority that they know.",
    ),
    "tls_version": _notice(
        "Clients speak no version of TLS that the gateway does",
        "Update them: it speaks 1.2 and 1.3.",
    ),
    "tls_cipher": _notice(
        "Clients have no cipher suite in common with the gateway",
        "Update them, or serve a certificate with a key of another kind.",
    ),
    "tls_failed": _notice("TLS with clients fails", "The access log's detail says how."),
    "plain_http": _notice(
        "Clients speak plain HTTP on the port for TLS", "Use https:// and wss:// in the app."
    ),
    # Refused by the configuration.
    "key_refused": _notice(
        "Requests on {place} have no access key, or a wrong one",
        "Give the app a key of this route (sigproxy snippet prints the lines). Strangers who try "
        "are refused this way too.",
    ),
    "origin_refused": _notice(
        "Requests on {place} come from a page that is not allowed",
        "If the page is yours, add its origin, which the detail names, to allowed_origins.",
    ),
    "target_refused": _notice(
        "{place}: asked for, and not among the targets of the route",
        "If the app needs this host, add it to the route's targets.",
    ),
    "address_refused": _notice(
        "{place}: the address is private or local",
        "If that is right, add its network to upstream.allow_networks; else the name server lies.",
    ),
    "service_worker_refused": _quiet("A service worker's script was asked for", _BACKGROUND),
    "loop_detected": _warning(
        "Requests come back to this gateway",
        "A proxy in front or a target leads here again: correct it, or server.public_names.",
    ),
    "proxy_header_untrusted": _warning(
        "A PROXY header came from an address that is not trusted",
        "Add the balancer's address to server.trusted_proxies, or close the port to others.",
    ),
    "proxy_header_invalid": _warning(
        "Connections come without a PROXY header",
        "Let the balancer send it (send-proxy-v2), or turn server.proxy_protocol off.",
    ),
    "proxy_header_timeout": _warning(
        "Connections come without a PROXY header",
        "Let the balancer send it (send-proxy-v2), or turn server.proxy_protocol off.",
    ),
    "upgrade_required": _warning(
        "WebSocket handshakes come without Upgrade",
        "A proxy in front removes it: configure that for WebSockets (HTTP/1.1, Upgrade).",
    ),
    "body_too_large": _notice(
        "A request's body is larger than limits.request_body_mib",
        "If the app needs it, raise limits.request_body_mib.",
    ),
    "target_too_long": _notice(
        "A request target is longer than limits.request_target_kib",
        "If the app needs it, raise limits.request_target_kib.",
    ),
    "head_too_large": _notice(
        "A request's head is larger than limits.request_head_kib",
        "If the app needs it, raise limits.request_head_kib; else it has too many cookies.",
    ),
    "turn_off": _notice(
        "/-/ice was asked for, and there is no [turn]",
        "Add [turn] to the configuration, or take /-/ice out of the app.",
    ),
    "unknown_sdk": _notice(
        "/-/ice was asked for an unknown SDK", "The detail lists the SDKs it knows."
    ),
    "unknown_format": _notice(
        "/-/ice was asked for an unknown format", "The detail lists the formats."
    ),
    "mode_refused": _notice(
        "/-/ice was asked for a mode that is not offered",
        "Add it to turn.modes if the TURN server has it, or take it out of the app.",
    ),
    "network_test_off": _notice(
        "/-/network was asked for, and there is no [network_test]",
        "Add [network_test] to the configuration if people should have that page.",
    ),
    "websocket_idle": _notice(
        "WebSockets carried nothing for limits.websocket_idle_s",
        "If the app is quiet for that long on purpose, raise limits.websocket_idle_s.",
    ),
    # What strangers and broken clients cause all day.
    "bad_request": _quiet("Requests break the rules of HTTP", _BACKGROUND),
    "bad_target": _quiet("Requests name no valid upstream", _BACKGROUND),
    "no_route": _quiet("Requests lie under no route", _BACKGROUND),
    "method_refused": _quiet("Requests have a method that is not forwarded", _BACKGROUND),
    "transfer_coding_unsupported": _quiet("Requests have an unknown transfer coding", _BACKGROUND),
    "http_version_unsupported": _quiet("Requests are neither HTTP/1.1 nor HTTP/1.0", _BACKGROUND),
    "not_stun": _quiet("Bytes begin like STUN and are none", _BACKGROUND),
    "request_timeout": _quiet("Clients connect and do not send a whole request", _BACKGROUND),
    "client_gone": _quiet(
        "Clients closed before they had their answer", "People close tabs; nothing to do."
    ),
    "client_stalled": _quiet(
        "Clients stopped reading", "Bad networks and sleeping laptops; nothing to do."
    ),
    "client_reset": _quiet("Clients broke off their WebSockets", "Nothing to do."),
    "client_vanished": _quiet(
        "Clients vanished from their WebSockets",
        "Bad networks and sleeping laptops; nothing to do.",
    ),
    "no_bytes": _quiet("Clients connected and said nothing", _BACKGROUND),
    "no_request": _quiet(
        "Clients set up TLS and sent no request",
        "Browsers that connect ahead, TCP checks and scanners do that: nothing to do. If an app "
        "gets no further, see its own log: TLS has succeeded.",
    ),
    "not_tls": _quiet("Bytes on the port for TLS are none", _BACKGROUND),
    "request_cut": _quiet("Clients left within the head of a request", _BACKGROUND),
    "tls_gone": _quiet("Clients left within the TLS handshake", _BACKGROUND),
    "tls_timeout": _quiet("Clients did not finish the TLS handshake", _BACKGROUND),
    "turn_idle": _quiet("TURN connections were idle for too long", "Nothing to do."),
    "cut_off_by_shutdown": _notice(
        "Exchanges were cut off by a stop or a reload",
        "If that is too soon for them, raise server.drain_s.",
    ),
    "empty_frames": _warning(
        "A WebSocket was flooded with empty frames",
        "The detail says by which side; the gateway has cut it off.",
    ),
}

# Of dns_error, where no target names the host and it has never answered: anybody can provoke that.
NO_SUCH_NAMES = _notice(
    "Hosts are asked for that have no address in DNS, and that only a wildcard allows",
    "Strangers may try names. If an app needs the latest, look it up here (getent hosts NAME).",
)
UNKNOWN = _warning("{place}: an error", "The access log's detail says more.")
# A vendor's own answers of 500 and more, which have no token.
VENDOR_ERRORS = _warning("{place} answers with errors of its own", _VENDOR_ANSWERS)


def of(token: str) -> Remedy:
    return REMEDIES.get(token, UNKNOWN)
