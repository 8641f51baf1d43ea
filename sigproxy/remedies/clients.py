"""What clients get wrong, and what strangers and broken clients cause all day."""

from sigproxy.remedies.remedy import BACKGROUND, Remedy, notice, quiet, warning

CLIENTS: dict[str, Remedy] = {
    # Those that get no further than TLS.
    "tls_untrusted": warning(
        "Clients do not trust the gateway's certificate",
        "Serve the whole chain, for the name that they ask for, of an authority that they know.",
    ),
    "tls_version": notice(
        "Clients speak no version of TLS that the gateway does",
        "Update them: it speaks 1.2 and 1.3.",
    ),
    "tls_cipher": notice(
        "Clients have no cipher suite in common with the gateway",
        "Update them, or serve a certificate with a key of another kind.",
    ),
    "tls_failed": notice("TLS with clients fails", "The access log's detail says how."),
    "plain_http": notice(
        "Clients speak plain HTTP on the port for TLS", "Use https:// and wss:// in the app."
    ),
    # All day.
    "bad_request": quiet("Requests break the rules of HTTP", BACKGROUND),
    "bad_target": quiet("Requests name no valid upstream", BACKGROUND),
    "no_route": quiet("Requests lie under no route", BACKGROUND),
    "method_refused": quiet("Requests have a method that is not forwarded", BACKGROUND),
    "transfer_coding_unsupported": quiet("Requests have an unknown transfer coding", BACKGROUND),
    "http_version_unsupported": quiet("Requests are neither HTTP/1.1 nor HTTP/1.0", BACKGROUND),
    "not_stun": quiet("Connections began like STUN and were not", BACKGROUND),
    "request_timeout": quiet("Clients connect and do not send a whole request", BACKGROUND),
    "client_gone": quiet(
        "Clients closed before they had their answer", "People close tabs; nothing to do."
    ),
    "client_stalled": quiet(
        "Clients stopped reading", "Bad networks and sleeping laptops; nothing to do."
    ),
    "client_reset": quiet("Clients broke off their WebSockets", "Nothing to do."),
    "client_vanished": quiet(
        "Clients vanished from their WebSockets",
        "Bad networks and sleeping laptops; nothing to do.",
    ),
    "no_bytes": quiet("Clients connected and said nothing", BACKGROUND),
    "no_request": quiet(
        "Clients set up TLS and sent no request",
        "Browsers that connect ahead, TCP checks and scanners do that: nothing to do. If an app "
        "gets no further, see its own log: TLS has succeeded.",
    ),
    "not_tls": quiet("Clients sent something other than TLS to the port for TLS", BACKGROUND),
    "request_cut": quiet("Clients left within the head of a request", BACKGROUND),
    "tls_gone": quiet("Clients left within the TLS handshake", BACKGROUND),
    "tls_timeout": quiet("Clients did not finish the TLS handshake", BACKGROUND),
    "turn_idle": quiet("TURN connections were idle for too long", "Nothing to do."),
    "cut_off_by_shutdown": notice(
        "Exchanges were cut off by a stop or a reload",
        "If that is too soon for them, raise server.drain_s.",
    ),
    "empty_frames": warning(
        "A WebSocket was flooded with empty frames",
        "The detail says by which side; the gateway has cut it off.",
    ),
}
