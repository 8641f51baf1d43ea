"""The errors of vendors, of the ways to them, and of the TURN server."""

from sigproxy.remedies.remedy import Remedy, fault, notice, warning

VENDORS: dict[str, Remedy] = {
    "dns_error": fault(
        "{place}: DNS gives no address, or the name servers fail",
        "Look it up on this machine (getent hosts NAME). If the name is right, let the firewall "
        "allow DNS, or set upstream.nameservers.",
    ),
    "dns_timeout": fault(
        "{place}: no name server answers in time",
        "Let the firewall allow DNS (UDP and TCP 53) from this machine, or set "
        "upstream.nameservers to servers that answer.",
    ),
    "connection_refused": fault(
        "{place}: connections are refused",
        "The vendor's service is down there, or a firewall rejects: allow TCP to this host and "
        "port from this machine.",
    ),
    "connection_timeout": fault(
        "{place} cannot be reached",
        "Most often a firewall drops it: allow TCP to this host and port from this machine "
        "(sigproxy firewall prints the list).",
    ),
    "connection_terminated": fault(
        "{place}: connections are closed before there is an answer",
        "A firewall or proxy on the way may cut them off; else the vendor's service is failing: "
        "see its status page.",
    ),
    "tls_certificate_error": fault(
        "{place}: the certificate is not valid",
        "If the issuer is your own firewall, it intercepts TLS: exempt this host there, or trust "
        "its root in upstream.ca_file. Otherwise check this machine's clock, then ask the vendor.",
    ),
    "tls_error": fault(
        "{place}: the TLS handshake fails",
        "Something on the way may not be TLS, or may intercept it: exempt this host from "
        "inspection, and check the port.",
    ),
    "response_timeout": fault(
        "{place}: requests are taken and not answered",
        "The vendor is overloaded, or a proxy on the way holds answers back. For long polls, raise "
        "upstream.response_timeout_s.",
    ),
    "bad_response": fault(
        "{place}: the answer is not HTTP",
        "Check that this host and port are the vendor's, and that no proxy on the way answers.",
    ),
    "response_head_too_large": fault(
        "{place}: the head of the answer is too large",
        "Raise limits.response_head_kib if the vendor means it.",
    ),
    "upgrade_failed": fault(
        "{place}: a WebSocket is not accepted as it should be",
        "A proxy on the way may not know WebSockets: exempt this host there.",
    ),
    "redirect_refused": warning(
        "{place}: redirects lead to where this route does not go",
        "If the app needs that host, add it to the route's targets.",
    ),
    "upstream_failed": fault(
        "{place}: requests fail",
        "The detail says how; check this machine's network, then the vendor's status page.",
    ),
    "upstream_stalled": warning(
        "{place}: a WebSocket is not read any more",
        "The vendor's service hangs, or a firewall dropped the connection without a word.",
    ),
    "upstream_gone": notice(
        "{place}: WebSockets are closed without a Close frame",
        "Its service may restart, or a proxy on the way cuts them: exempt this host there.",
    ),
    "upstream_reset": notice(
        "{place}: WebSockets are reset",
        "Its service may crash, or a firewall on the way resets them: exempt this host there.",
    ),
    "upstream_vanished": notice(
        "{place}: nothing is acknowledged on WebSockets any more",
        "A firewall on the way may have dropped the connection without a word: see its time limit.",
    ),
    "egress_refused": fault(
        "The proxy toward the vendors refuses {place}",
        "Whoever runs the proxy has to allow this host and port; where it is asked for addresses "
        "and its rules go by names, set upstream.proxy_resolves. With a 502, 503 or 504 it cannot "
        "connect there itself.",
    ),
    "egress_auth": fault(
        "The proxy toward the vendors asks for a login that the gateway does not have",
        "Write user:password into upstream.proxy_credentials_file and reload. Where the proxy "
        "does not offer Basic, whoever runs it has to exempt this machine from the login.",
    ),
    "egress_unreachable": fault(
        "The proxy toward the vendors cannot be connected to",
        "See that it runs, and that upstream.proxy has its host and port (sigproxy doctor tries "
        "it from here).",
    ),
    "egress_timeout": fault(
        "The proxy toward the vendors does not answer in time",
        "Let the firewall allow TCP from this machine to it. If it accepts connections, it is "
        "overloaded, or waits for the vendor: ask whoever runs it.",
    ),
    "egress_error": fault(
        "What upstream.proxy names does not answer as a proxy does",
        "Check host and port of upstream.proxy; then ask whoever runs it.",
    ),
    "turn_unreachable": fault(
        "The TURN server cannot be used",
        "See that coturn runs and has the tcp-proxy-port that turn.relay names.",
    ),
    "turn_stalled": warning(
        "The TURN server stopped reading", "See coturn's log, and whether it has CPU."
    ),
}
