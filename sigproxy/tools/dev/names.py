"""What the gateway of ``sigproxy dev`` is called, and the configuration that says so."""

import json
from collections.abc import Sequence
from pathlib import Path

from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority
from sigproxy.tools.setup import routes, vendor_of

HOST = "localhost"
DOMAIN = "gateway.localhost"  # browsers find every name below localhost on this machine
LOOPBACK = ("127.0.0.1", "::1")
# Where the pages of common development servers are: React and Next, Angular, Vite, webpack.
PORTS = (3000, 4200, 5173, 8000, 8080)
ORIGINS = tuple(f"http://{host}:{port}" for host in (HOST, "127.0.0.1") for port in PORTS)


def certified(presets: Sequence[str]) -> tuple[str, ...]:
    """Return the names and addresses that the gateway's certificate is for.

    For SDKs that put a label in front of the gateway's name, a wildcard: below DOMAIN, since
    browsers take no "*.localhost".
    """
    own = [host for name in presets for host in vendor_of(name).hosts]
    below = (".".join(("*", *host.split(".")[1:], DOMAIN)) for host in own)
    return (HOST, *LOOPBACK, *dict.fromkeys(below))


def configuration(
    presets: Sequence[str],
    port: int,
    origins: Sequence[str],
    certificate: Path,
    binds: Sequence[str],
) -> str:
    """Return the TOML of the gateway's configuration."""
    gateway = Authority(HOST, port)
    head = (
        "# Made by `sigproxy dev`, and again at each start.",
        "[server]",
        f"bind = {json.dumps([_bind(host, port) for host in binds])}",
        f"certificate = {json.dumps(str(certificate))}",
        f"public_names = {json.dumps([str(gateway)])}",
        "trusted_proxies = []",
        "drain_s = 2.0",
    )
    return "\n".join(head) + "\n\n" + routes(presets, Authority(DOMAIN, port), origins)


def _bind(host: str, port: int) -> str:
    """Return the address with its port, which `bind` needs also where it is that of https://."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def titles(presets: Sequence[str]) -> list[str]:
    return [PRESETS[name].title for name in dict.fromkeys(presets)]
