"""What must hold among the settings of the forward proxy, and what works and may be a mistake."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sigproxy.config import proxy_values
from sigproxy.config.masking import masked
from sigproxy.config.problem import Finding
from sigproxy.semantics.authority import Authority

if TYPE_CHECKING:
    from sigproxy.config.model import Settings, UpstreamSettings

# What other programs look at; the gateway does not.
_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


def findings(settings: "Settings") -> Iterator[Finding]:
    upstream = settings.upstream
    if upstream.proxy is None:
        yield from _without_proxy(upstream)
        return
    address = proxy_values.address(upstream.proxy)
    for name in settings.server.public_names:
        if Authority.parse(name.encode()) == address:
            yield Finding(
                (("upstream", "proxy"), ("server", "public_names")),
                f"{upstream.proxy} is this gateway itself, which takes no CONNECT",
                "name the network's forward proxy",
            )
    for bind in settings.server.bind:
        if bind == f"{address.host}:{address.port}":
            yield Finding(
                (("upstream", "proxy"), ("server", "bind")),
                f"{upstream.proxy} is the port of the gateway's clients, which takes no CONNECT",
                "name the network's forward proxy",
            )


def _without_proxy(upstream: "UpstreamSettings") -> Iterator[Finding]:
    for key, is_set in (
        ("proxy_credentials_file", upstream.proxy_credentials_file is not None),
        ("proxy_exceptions", bool(upstream.proxy_exceptions)),
        ("proxy_resolves", upstream.proxy_resolves),
    ):
        if is_set:
            yield Finding(
                (("upstream", key), ("upstream", "proxy")),
                "there is no proxy that it could be about",
                f"set upstream.proxy, or remove {key}",
            )


def remarks(settings: "Settings", environ: Mapping[str, str]) -> Iterator[str]:
    upstream = settings.upstream
    if upstream.proxy is None:
        named = next((name for name in _VARIABLES if environ.get(name)), None)
        if named is not None:
            yield (
                f"upstream.proxy: {named} is set here ({masked(environ[named])}), and the gateway "
                "does not use it: it connects to vendors itself; if they can be reached through "
                "that proxy alone, set upstream.proxy"
            )
        return
    if "*" in upstream.proxy_exceptions:
        yield (
            "upstream.proxy_exceptions: * is every name, so that the proxy is asked for addresses "
            "alone; name the hosts that are reached without it"
        )
    if upstream.proxy_resolves:
        yield (
            "upstream.proxy_resolves: the proxy looks up the vendors' names, so the gateway cannot "
            "check their addresses: whether a name may lead to a private address (DNS rebinding) "
            "is up to the proxy, and upstream.allow_networks does not hold for names that go "
            "through it; let the proxy refuse private addresses, and list hosts, not patterns, in "
            "targets where you can"
        )
