"""A turnserver.conf that relays media and is no way into the host's own network.

    text = conf(options)

Each line says why it is there, and knows what happens without it (`sigproxy coturn --check`).
coturn 4.6 is Debian's; since 4.7 more is as it should be, and 4.17 needs fewer lines.
"""

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from textwrap import wrap

from sigproxy.media.coturn import reach, safety
from sigproxy.media.coturn.options import FIRST_PORT, LAST_PORT, CoturnOptions, Line


def conf(options: CoturnOptions) -> str:
    """Return the text of a turnserver.conf."""
    parts = [_head(options)]
    for line in lines(options):
        parts += [f"# {line.why}", line.text]
    return "\n".join(parts) + "\n"


def lines(options: CoturnOptions) -> list[Line]:
    """Return what the file has to hold."""
    groups: tuple[Callable[[CoturnOptions], Iterator[Line]], ...] = (
        reach.addresses,
        reach.ports,
        safety.credentials,
        safety.quotas,
        safety.switches,
        safety.peers,
    )
    return [line for group in groups for line in group(options)]


def _head(options: CoturnOptions) -> str:
    texts = [
        f"turnserver.conf for coturn {options.version}, by sigproxy coturn. It holds the secret: "
        "chown root:turnserver, chmod 0640. coturn reads it at its start only.",
        f"Firewall: from clients UDP {options.udp_port}; from and to peers UDP "
        f"{FIRST_PORT}-{LAST_PORT}.",
    ]
    commented = [line for text in texts for line in wrap(text, 96)]
    if options.relay is not None:
        commented += _guard(options, *options.relay)
    return "\n".join(f"# {line}" for line in commented) + "\n"


def _guard(options: CoturnOptions, host: str, port: int) -> list[str]:
    """Return how to keep others off the PROXY protocol port."""
    why = (
        f"TCP {port} listens on each listening-ip and believes any client address that it is "
        "told: nobody but sigproxy may reach it."
    )
    others = "" if ip_address(host).is_loopback else "ip saddr != ADDRESS-OF-SIGPROXY "
    rule = f"ip daddr {options.own_ip} {others}tcp dport {port} drop"
    return [*wrap(why, 96), f"  nft add rule inet filter input {rule}"]
