"""The threats to a gateway, in order: what an attacker does, and what the gateway does about it.

docs/threats.md shows them with the tests that guard them.
"""

from typing import NamedTuple


class Threat(NamedTuple):
    name: str  # as in the names of its tests
    attack: str
    answer: str


THREATS = dict(
    enumerate(
        (
            Threat(
                "open_proxy",
                "A stranger uses the gateway to reach any host.",
                "Only hosts in `targets` are forwarded to; everything else is 403 before DNS.",
            ),
            Threat(
                "host_syntax",
                "A host is spelled so that two readers see two hosts: `user@host`, `0x7f.1`.",
                "The host is parsed strictly and never decoded; anything else is 400.",
            ),
            Threat(
                "ssrf_to_private_names",
                "A listed name resolves to a private or local address.",
                "Every address is checked before a connection; one bad address refuses the name.",
            ),
            Threat(
                "dns_rebinding",
                "A name is public when it is checked and private at the connection.",
                "The gateway connects only to the checked addresses, without a second lookup, and "
                "asks a forward proxy for those; with `proxy_resolves` it is up to the proxy.",
            ),
            Threat(
                "ipv4_inside_ipv6",
                "A private IPv4 address hides in an IPv6 one (mapped, NAT64, 6to4).",
                "The IPv4 address inside is checked as well.",
            ),
            Threat(
                "redirect_to_the_inside",
                "An upstream redirects to a private host, another scheme or a local socket.",
                "Each redirect is checked like a first request; only https is followed.",
            ),
            Threat(
                "credentials_across_origins",
                "A redirect to another host collects the user's token.",
                "Authorization, Cookie and Proxy-Authorization do not follow to another host.",
            ),
            Threat(
                "shared_cookie_jar",
                "One user gets another user's cookies.",
                "The gateway stores no cookies.",
            ),
            Threat(
                "cookies_across_vendors",
                "One vendor gets the cookies of another, or those of the operator's own site.",
                "Cookies are kept apart by Path and, in a browser, by a tag in their names.",
            ),
            Threat(
                "pages_in_our_origin",
                "A vendor's page or service worker acts in the gateway's origin.",
                "Service workers are refused; the gateway's one page keeps nothing in the browser.",
            ),
            Threat(
                "header_injection",
                "Line breaks in a path or a field add fields or a second message.",
                "Targets are sent as they came; a bare CR in a response is a `bad_response`.",
            ),
            Threat(
                "request_smuggling",
                "Content-Length, Transfer-Encoding, trailers or a CONNECT hide a second request.",
                "Ambiguous framing is 400 and ends the connection; nothing reaches the upstream.",
            ),
            Threat(
                "upgrade_smuggling",
                "A request hides behind an upgrade that never happened, or switches to h2c.",
                "A 101 counts only if it answers the client's key; other upgrades are removed.",
            ),
            Threat(
                "hop_by_hop_abuse",
                "`Connection: Authorization` has the gateway remove what the upstream relies on.",
                "Fields that an upstream decides by cross, whatever Connection lists.",
            ),
            Threat(
                "cross_site_websocket_hijacking",
                "A foreign page opens a WebSocket with the user's cookies.",
                "The origin of WebSocket handshakes is checked against `allowed_origins`.",
            ),
            Threat(
                "cors_with_credentials",
                "A foreign page reads answers that belong to the user.",
                "Only listed origins get CORS fields; the upstream's own are replaced.",
            ),
            Threat(
                "forged_client_address",
                "A client writes another address into X-Forwarded-For.",
                "With `trusted_proxies` only those are believed; what others write is dropped.",
            ),
            Threat(
                "slow_head",
                "A client sends its request head byte by byte, or never.",
                "The whole head has `header_timeout_s`; then 408.",
            ),
            Threat(
                "slow_body_and_slow_reader",
                "A client sends its body too slowly, or does not read its answer.",
                "A body below `body_rate_bytes_s` is 408; a stalled reader is cut after 60 s.",
            ),
            Threat(
                "unbounded_bodies",
                "A body of many gigabytes fills the memory.",
                "A larger body than `request_body_mib` is 413; bodies are streamed, not stored.",
            ),
            Threat(
                "decompression_bomb",
                "A small compressed body becomes a huge one.",
                "The gateway decodes nothing.",
            ),
            Threat(
                "connection_exhaustion",
                "One client opens so many connections that others find no room.",
                "Each address has a limit (429), and silent connections are closed in time.",
            ),
            Threat(
                "upstream_tls",
                "Somebody between gateway and vendor presents their own certificate.",
                "Certificate and name are verified before the first byte of a request is sent.",
            ),
            Threat(
                "downstream_tls",
                "An attacker downgrades a client to an old version of TLS.",
                "The listener speaks TLS 1.2 and 1.3 only.",
            ),
            Threat(
                "host_header",
                "A malformed or foreign Host changes where the request or its answer leads.",
                "A malformed Host is 400, but for health checks; a foreign one is in no Location.",
            ),
            Threat(
                "methods_and_forms",
                "CONNECT, TRACE or an absolute URL turn the gateway into a general proxy.",
                "Those methods are 405, and an absolute URL of another host is 400.",
            ),
            Threat(
                "loops",
                "A request leads back to the gateway, again and again.",
                "The gateway knows its own names and CDN-Loop; the answer is 508.",
            ),
            Threat(
                "amplification",
                "One request causes many requests upstream.",
                "At most five redirects are followed.",
            ),
            Threat(
                "drain_storm",
                "After a restart all clients come back in the same instant.",
                "WebSockets are closed with 1012 one after the other.",
            ),
            Threat(
                "log_injection",
                "A client writes something that looks like a line of the log.",
                "Unsafe bytes are escaped and values are cut; one exchange is one line.",
            ),
            Threat(
                "secrets_in_logs",
                "Tokens, cookies or keys can be read in the log.",
                "No query value and no field but Referer and User-Agent is logged.",
            ),
            Threat(
                "path_confusion",
                "A path means one thing to the gateway and another to the upstream.",
                "The path is sent byte for byte as it came.",
            ),
            Threat(
                "error_bodies",
                "An error tells too much, or passes for the vendor's, or a vendor's for ours.",
                "The gateway's errors name no version and carry `Proxy-Status: sigproxy`, which no "
                "vendor's may; all else of theirs crosses.",
            ),
            Threat(
                "worker_stall",
                "Names whose servers never answer hold up everybody.",
                "Each lookup waits for itself only, and has a deadline.",
            ),
        ),
        start=1,
    )
)
