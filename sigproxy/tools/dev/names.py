"""What the gateway of ``sigproxy dev`` is called, and the configuration that says so."""

import json
from collections.abc import Sequence
from pathlib import Path

from sigproxy.dialects.host import HostDialect
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from sigproxy.tools.setup import routes, vendor_of

HOST = "localhost"
LOOPBACK = ("127.0.0.1", "::1")
# Where the pages of common development servers are: React and Next, Angular, Vite, webpack.
PORTS = (3000, 4200, 5173, 8000, 8080)
ORIGINS = tuple(f"http://{host}:{port}" for host in (HOST, "127.0.0.1") for port in PORTS)


def certified(presets: Sequence[str]) -> tuple[str, ...]:
    """Return the names and addresses that the gateway's certificate is for.

    For SDKs that put a label in front of the gateway's name it has each name of a host that every
    call needs: browsers take no "*.localhost".
    """
    labels = [label for name in presets for label in _labels(name)]
    return (HOST, *LOOPBACK, *dict.fromkeys(f"{label}.{HOST}" for label in labels))


def _labels(preset: str) -> list[str]:
    vendor = vendor_of(preset)
    dialect = HostDialect.of(HOST, vendor.hosts)
    hosts = [own for own in vendor.hosts if "*" not in own]
    for text in PRESETS[preset].essential if vendor.hosts else ():
        target = Target(Authority.parse(text.encode()), b"/")
        if (exposed := dialect.expose(target)) is not None:  # b"//api.localhost/"
            hosts.append(exposed.strip(b"/").decode().removesuffix(f".{HOST}"))
    return hosts


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
        f"bind = {json.dumps([str(Authority(host, port)) for host in binds])}",
        f"certificate = {json.dumps(str(certificate))}",
        f"public_names = {json.dumps([str(gateway)])}",
        "trusted_proxies = []",
        "drain_s = 2.0",
    )
    return "\n".join(head) + "\n\n" + routes(presets, gateway, origins)


def titles(presets: Sequence[str]) -> list[str]:
    return [PRESETS[name].title for name in presets]

