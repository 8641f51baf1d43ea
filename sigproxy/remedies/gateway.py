"""The errors of the gateway itself, of its limits, and what its configuration refuses."""

from sigproxy.remedies.remedy import BACKGROUND, Remedy, fault, notice, quiet, warning

GATEWAY: dict[str, Remedy] = {
    "internal_error": fault(
        "The gateway itself failed",
        "The error log has the traceback; please report it.",
    ),
    "descriptors_exhausted": fault(
        "A worker has no file descriptor left",
        "Raise LimitNOFILE= in the unit (ulimit -n in a shell), or server.workers.",
    ),
    "overloaded": fault(
        "A worker has all the connections or WebSockets that it may have",
        "Raise limits.connections or limits.websockets (and LimitNOFILE=), or server.workers.",
    ),
    # Limits for one client.
    "too_many_requests": warning(
        "A client sends more requests than limits.request_rate allows",
        "If many users share its address, raise limits.request_rate; else see what it does.",
    ),
    "too_many_connections": warning(
        "A client has more connections than limits.connections_per_address allows",
        "If many users share its address (NAT), raise it. If it is a proxy in front, add it to "
        "server.trusted_proxies.",
    ),
    "too_many_websockets": warning(
        "A client has more WebSockets than limits.websockets_per_address allows",
        "If many users share its address (NAT), raise it. If it is a proxy in front, add it to "
        "server.trusted_proxies.",
    ),
    "too_many_credentials": warning(
        "A client asks for more TURN credentials than turn.credentials_per_address allows",
        "If many users share its address, raise it; else the app asks more often than it needs.",
    ),
    "too_many_network_tests": notice(
        "A client asks for more network tests than network_test.requests_per_address allows",
        "If many users share its address, raise it; else somebody plays with the page.",
    ),
    # Refused by the configuration.
    "key_refused": notice(
        "Requests on {place} have no access key, or a wrong one",
        "Give the app a key of this route (sigproxy snippet prints the lines). Strangers who try "
        "are refused this way too.",
    ),
    "origin_refused": notice(
        "Requests on {place} come from a page that is not allowed",
        "If the page is yours, add its origin, which the detail names, to allowed_origins.",
    ),
    "target_refused": notice(
        "{place}: asked for, and not among the targets of the route",
        "If the app needs this host, add it to the route's targets.",
    ),
    "address_refused": notice(
        "{place}: the address is private or local",
        "If that is right, add its network to upstream.allow_networks; else the name server lies.",
    ),
    "service_worker_refused": quiet("A service worker's script was asked for", BACKGROUND),
    "loop_detected": warning(
        "Requests come back to this gateway",
        "A proxy in front or a target leads here again: correct it, or server.public_names.",
    ),
    "proxy_header_untrusted": warning(
        "A PROXY header came from an address that is not trusted",
        "Add the balancer's address to server.trusted_proxies, or close the port to others.",
    ),
    "proxy_header_invalid": warning(
        "Connections come without a PROXY header",
        "Let the balancer send it (send-proxy-v2), or turn server.proxy_protocol off.",
    ),
    "proxy_header_timeout": warning(
        "Connections come without a PROXY header",
        "Let the balancer send it (send-proxy-v2), or turn server.proxy_protocol off.",
    ),
    "upgrade_required": warning(
        "WebSocket handshakes come without Upgrade",
        "A proxy in front removes it: configure that for WebSockets (HTTP/1.1, Upgrade).",
    ),
    "body_too_large": notice(
        "A request's body is larger than limits.request_body_mib",
        "If the app needs it, raise limits.request_body_mib.",
    ),
    "target_too_long": notice(
        "A request target is longer than limits.request_target_kib",
        "If the app needs it, raise limits.request_target_kib.",
    ),
    "head_too_large": notice(
        "A request's head is larger than limits.request_head_kib",
        "If the app needs it, raise limits.request_head_kib; else it has too many cookies.",
    ),
    "turn_off": notice(
        "/-/ice was asked for, and there is no [turn]",
        "Add [turn] to the configuration, or take /-/ice out of the app.",
    ),
    "unknown_sdk": notice(
        "/-/ice was asked for an unknown SDK", "The detail lists the SDKs it knows."
    ),
    "unknown_format": notice(
        "/-/ice was asked for an unknown format", "The detail lists the formats."
    ),
    "mode_refused": notice(
        "/-/ice was asked for a mode that is not offered",
        "Add it to turn.modes if the TURN server has it, or take it out of the app.",
    ),
    "network_test_off": notice(
        "/-/network was asked for, and there is no [network_test]",
        "Add [network_test] to the configuration if people should have that page.",
    ),
    "websocket_idle": notice(
        "WebSockets carried nothing for limits.websocket_idle_s",
        "If the app is quiet for that long on purpose, raise limits.websocket_idle_s.",
    ),
}
