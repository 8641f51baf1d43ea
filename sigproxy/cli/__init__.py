"""The ``sigproxy`` command; each file has the command of its name, and what is closest to it."""

import click

from sigproxy import __version__
from sigproxy.cli.lazy import LazyGroup

# Where each command is: file and function.
COMMANDS = {
    "check": "check:check",
    "config": "show:config",
    "coturn": "media:coturn",
    "credentials": "media:credentials",
    "demo": "dev:demo",
    "dev": "dev:dev",
    "doctor": "doctor:doctor",
    "explain": "explain:explain",
    "firewall": "firewall:firewall",
    "ice": "media:ice",
    "init": "init:init",
    "presets": "firewall:presets",
    "ready": "top:ready",
    "reload": "reload:reload",
    "serve": "serve:serve",
    "shim": "shim:shim",
    "snippet": "snippet:snippet",
    "top": "top:top",
}


@click.group(
    cls=LazyGroup,
    places={name: f"{__name__}.{place}" for name, place in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="sigproxy")
def main() -> None:
    """A signaling reverse proxy (HTTP and WebSocket) for WebRTC SDKs behind strict firewalls.

    The app sets this gateway's URL in the SDK (networkConfiguration.proxy.url, proxyUrl,
    setProxyUrl, setProxyServer). Most SDKs then request https://GATEWAY/HOST/PATH, and the
    gateway forwards the request to https://HOST/PATH over verified TLS.

    \b
    Try it:         sigproxy demo
                    sigproxy dev --preset acs             with a real vendor, from a laptop
    A set-up:       sigproxy init --preset acs --name gateway.example
    Production:     sigproxy check --config FILE && sigproxy serve --config FILE
    What goes on:   sigproxy top --config FILE            and what is wrong
    A failed call:  sigproxy explain --config FILE /HOST/PATH
                    sigproxy doctor --config FILE         at the gateway: what does not work
                    sigproxy doctor https://GATEWAY/KEY   anywhere: what the network blocks
    For others:     sigproxy snippet acs --config FILE    the lines for the app's developer
                    sigproxy firewall --config FILE       the list for the firewall's owner
    Media:          sigproxy coturn --config FILE         a safe turnserver.conf
                    sigproxy ice SDK --check FILE         what an SDK makes of ICE servers

    Environment variables override settings of the file:
    SIGPROXY_SERVER__BIND, SIGPROXY_UPSTREAM__NAMESERVERS and so on.
    """
