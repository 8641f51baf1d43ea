"""Who may relay, how much, and to whom."""

from collections.abc import Iterator

from sigproxy.media.coturn.denied import IPV4, IPV6, span
from sigproxy.media.coturn.options import CoturnOptions, Line

# One peer connection of Chromium made 7 allocations out of 4 URLs, and SDKs open several of them:
# below 40 a call ends with 486.
USER_QUOTA, LEAST_USER_QUOTA = 48, 40
TOTAL_QUOTA = 1200
MAX_BPS, LEAST_BPS = 1_250_000, 125_000  # bytes a second: 10 Mbit/s; video with sound needs 1
NONCE_S = 600  # RFC 8656, 5: a nonce lives for an hour at most


def credentials(options: CoturnOptions) -> Iterator[Line]:
    yield Line(
        "realm",
        options.realm,
        "what realm in [turn] says; native ACS SDKs have it in their settings",
        "those who name the realm are refused (437, 441)",
    )
    yield Line(
        "use-auth-secret",
        "",
        "credentials that expire; without any such line coturn relays for everybody",
        "where no static-auth-secret is left either, coturn relays for everybody",
    )
    for number, secret in enumerate(options.secrets, 1):
        yield Line(
            "static-auth-secret",
            secret,
            "the secret shared with sigproxy" if number == 1 else "on its way in or out",
            "credentials signed with it are refused (401)",
            shown=f"static-auth-secret of line {number} of secret_file",
        )
    yield Line(
        "stale-nonce",
        str(NONCE_S),
        "a nonce that somebody overheard ends after 10 minutes",
        "a nonce never ends, and what was overheard can be sent again",
        least=1,
    )


def quotas(options: CoturnOptions) -> Iterator[Line]:
    yield Line(
        "user-quota",
        str(USER_QUOTA),
        "allocations for each credential: a browser makes 7 for each peer connection",
        "one leaked credential takes every port",
        least=LEAST_USER_QUOTA,
    )
    yield Line(
        "total-quota",
        str(TOTAL_QUOTA),
        "allocations in all",
        "one client after another takes ports until none is left (508)",
        least=USER_QUOTA,
    )
    yield Line(
        "max-bps",
        str(MAX_BPS),
        "bytes a second of each allocation: 10 Mbit/s",
        "one client takes the whole line",
        least=LEAST_BPS,
    )


def switches(options: CoturnOptions) -> Iterator[Line]:
    always = (
        ("fingerprint", "tells STUN from other protocols on one port", "some clients take no STUN"),
        ("no-multicast-peers", "no peer is a group of hosts", "clients reach multicast groups"),
        ("no-tcp-relay", "browsers relay UDP alone", "clients open TCP connections from here"),
    )
    before_4_7 = (
        ("no-dtls", "no browser speaks it", "coturn warns at each start about a certificate"),
        (
            "no-cli",
            "no telnet console",
            "coturn complains at each start, and with a cli-password a console listens on "
            "127.0.0.1:5766",
        ),
        ("no-rfc5780", "no answers from other ports", "UDP answers amplify what is sent in"),
        ("no-stun-backward-compatibility", "no STUN of 2003", "UDP answers amplify what is sent"),
        (
            "response-origin-only-with-rfc5780",
            "answers are short",
            "each answer is longer than it has to be",
        ),
        ("no-tlsv1", "TLS 1.2 is the least", "TLS 1.0 is spoken where TLS is"),
        ("no-tlsv1_1", "TLS 1.2 is the least", "TLS 1.1 is spoken where TLS is"),
    )
    for key, why, without in (*always, *(before_4_7 if options.version == "4.6" else ())):
        yield Line(key, "", why, without)
    yield Line(
        "log-file",
        "stdout",
        "systemd's journal keeps it",
        "coturn writes files of its own in /var/log or /var/tmp",
        shown="log-file=stdout, or syslog",
    )


def peers(options: CoturnOptions) -> Iterator[Line]:
    """Yield who may be relayed to; what is allowed beats what is denied, in whatever order."""
    if options.policy == "sfu":
        yield _denied("0.0.0.0/0", "nobody but those below")
        for network in options.media_ranges:
            without = "calls by this vendor's media servers fail (403)"
            yield Line("allowed-peer-ip", span(network), "a vendor's media servers", without)
    else:
        for network, what in IPV4:
            yield _denied(network, what)
    if options.relay_ip6:
        for network, what in IPV6:
            yield _denied(network, what)
    for address in dict.fromkeys((options.public_ip, options.own_ip)):
        yield Line(
            "allowed-peer-ip",
            address,
            "this server: two clients that are both relayed meet here",
            "two clients that are both relayed do not hear each other (403)",
        )


def _denied(network: str, what: str) -> Line:
    without = f"clients reach {what}, from this host"
    return Line("denied-peer-ip", span(network), f"not to be reached: {what}", without)
