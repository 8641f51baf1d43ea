"""Where clients come in and media leaves: addresses and ports."""

from collections.abc import Iterator

from sigproxy.media.coturn.options import FIRST_PORT, LAST_PORT, CoturnOptions, Line


def addresses(options: CoturnOptions) -> Iterator[Line]:
    own = options.own_ip
    yield Line(
        "listening-ip",
        own,
        "where clients come in over UDP",
        "coturn listens on every address of the host, and so does its PROXY protocol port",
    )
    if options.relay is not None and options.relay[0] != own:
        yield Line(
            "listening-ip",
            options.relay[0],
            "where sigproxy comes in",
            "sigproxy is refused, and TURN over port 443 fails",
        )
    yield Line(
        "relay-ip",
        own,
        "where media leaves; IPv4 alone, so that no IPv6 peer can be named",
        "some allocations relay from 127.0.0.1, and no media gets through those",
    )
    if options.relay_ip6:
        yield Line(
            "relay-ip",
            options.relay_ip6,
            "where media leaves over IPv6; the denied ranges below are what protects this host",
            "clients get no IPv6 relay (440)",
        )
    if options.local_ip:
        yield Line(
            "external-ip",
            f"{options.public_ip}/{options.local_ip}",
            "what clients are told, for the NAT in front",
            "clients are told an address that no peer reaches",
        )


def ports(options: CoturnOptions) -> Iterator[Line]:
    yield Line(
        "listening-port",
        str(options.udp_port),
        "what udp_port in [turn] says",
        "coturn listens on 3478, whatever clients are told",
    )
    if options.relay is not None:
        yield Line(
            "tcp-proxy-port",
            str(options.relay[1]),
            "from sigproxy, with the client's address in front; replaces the TCP and TLS listeners",
            "TURN over port 443 has no way in",
        )
        yield _NO_TLS
    elif options.tls_port:
        yield from _own_tls(options)
    else:
        yield _NO_TLS
    yield Line(
        "min-port",
        str(FIRST_PORT),
        "UDP from and to peers, two ports a participant at least",
        "the firewall opens other ports than coturn uses",
        least=1024,
    )
    yield Line(
        "max-port",
        str(LAST_PORT),
        "the last of them",
        "the firewall opens other ports than coturn uses",
        least=1024,
    )


_NO_TLS = Line(
    "no-tls",
    "",
    "TLS ends in front of coturn, or nowhere",
    "coturn warns at each start that it has no certificate",
)


def _own_tls(options: CoturnOptions) -> Iterator[Line]:
    yield Line(
        "tls-listening-port",
        str(options.tls_port),
        "what tls_port in [turn] says",
        "coturn serves TLS on 5349, whatever clients are told",
    )
    for key, suffix in (("cert", "crt"), ("pkey", "key")):
        yield Line(
            key,
            f"/etc/coturn/tls.{suffix}",
            "of the name in [turn]; coturn reads it again at SIGUSR2",
            "coturn serves no TLS",
            shown=f"{key}=FILE",
        )
