"""What the tests of ``sigproxy snippet`` share: the command, and the SDKs' rules."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from click.testing import CliRunner, Result

from sigproxy.cli import main
from sigproxy.config import Settings
from sigproxy.tools.explain import explain
from sigproxy.tools.vendors import VENDORS

KEY = "0123456789abcdef"
SERVER = '[server]\npublic_names = ["gw.hospital.example:8443", "other.example"]\n'
ORIGIN = ("Origin: https://app.example.com",)


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["snippet", *arguments])


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "sigproxy.toml"
    file.write_text(text)
    return file


def lines(vendor: str, config: Path, *arguments: str) -> str:
    result = ran(vendor, "--config", str(config), *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def upstream(settings: Settings, url: str) -> str | None:
    """Return where the gateway would forward a request for *url*; None if nowhere."""
    # As WHATWG URL has it: what a client is given without a path has the path "/".
    sent = urlsplit(url)._replace(path=urlsplit(url).path or "/").geturl()
    told, admitted = explain(settings, "GET", sent, ORIGIN)
    found = [line.split()[1] for line in told if line.startswith("upstream ")]
    return found[0] if admitted and found else None


# --- the SDKs' rules: from the value in the app to the URL on the wire -----------------------


def acs(proxy: str, target: str) -> str:
    """Put *target* behind the proxy as AcsProxy does: P's scheme, query and userinfo are lost."""
    into, out = urlsplit(proxy if proxy.endswith("/") else f"{proxy}/"), urlsplit(target)
    query = f"?{out.query}" if out.query else ""
    host = into.netloc.rpartition("@")[2]
    return f"{out.scheme}://{host}{into.path}{out.netloc}{out.path}{query}"


def acs_twice(proxy: str, target: str) -> str:
    return acs(proxy, acs(proxy, target))


def glued(proxy: str, target: str) -> str:
    """Vonage, Daily: the URL without its scheme, behind the proxy's."""
    return f"{proxy}/{target.partition('://')[2]}"


def watchrtc_socket(proxy: str, target: str) -> str:
    return f"{proxy}?{urlsplit(target).query}"


def watchrtc_trace(proxy: str, target: str) -> str:
    return f"{proxy.replace('wss:', 'https:')}/trace"


def agora_ap(proxy: str, target: str) -> str:
    return f"https://{proxy}/ap/?url={target.partition('://')[2]}"


def agora_edge(proxy: str, target: str) -> str:
    out = urlsplit(target)
    return f"wss://{proxy}/ws/?h={out.hostname}&p={out.port}"


Rule = Callable[[str, str], str]
ACS_SETUP = "https://api.flightproxy.skype.com/api/v2/cpconv"
STATS = "https://watchrtc-server.cyara.com"
CALLS: list[tuple[str, Rule, str]] = [
    ("acs", acs, "https://ecs.communication.microsoft.com/config/v1/Skype/x?CLRelease=1"),
    ("acs", acs, "https://go.trouter.communication.microsoft.com/v4/c?tc=%7B%22v%22:1%7D&a="),
    ("acs", acs_twice, ACS_SETUP),
    ("acs", acs_twice, "https://edge.skype.com/trap/tokens"),
    ("express", acs, "https://ecs.communication.microsoft.com/config/v1/Skype/x?CLRelease=1"),
    ("express", acs_twice, ACS_SETUP),
    ("vonage", glued, "https://config.opentok.com/project/1/config.json"),
    ("vonage", glued, "https://mantis-prod-us.opentok.com/rumorwebsocketsv2"),
    ("daily", glued, "https://c.daily.co/call-machine/x/call-machine-object-bundle.js"),
    ("daily", glued, "https://x.wss.daily.co/?a=b"),
    ("watchrtc", watchrtc_socket, f"{STATS}/?apiKey=a&timestamp=1"),
    ("watchrtc", watchrtc_trace, f"{STATS}/trace"),
    ("agora", agora_ap, "https://webrtc2-ap-web-1.agora.io/api/v2/transpond/webrtc?v=2"),
    ("agora", agora_edge, "https://1-2-3-4.edge.sd-rtn.com:4700/"),
]

IN_THE_APP = {
    "acs": r'url: "([^"]+)"',
    "express": r'url: "([^"]+)"',
    "vonage": r'setProxyUrl\("([^"]+)"\);',
    "daily": r'proxyUrl: "([^"]+)"',
    "watchrtc": r'proxyUrl: "([^"]+)"',
    "agora": r'setProxyServer\("([^"]+)"\)',
}


def value(vendor: str, text: str) -> str:
    """Return what the web app is given; the other platforms' lines must say the same."""
    [found] = re.findall(IN_THE_APP[vendor], text)
    native = re.findall(r'(?:proxyUrl = |proxyURL = |\n *\S*setProxyUrl\()"([^"]+)"', text)
    assert set(native) <= {found}
    return str(found)


def route(vendor: str, prefix: str, *more: str) -> str:
    """Return a route for *vendor*; one by host has names below SERVER's first, and no prefix."""
    asked = VENDORS[vendor]
    if asked.hosts:
        table = ", ".join(f'"{own}" = "{theirs}"' for own, theirs in asked.hosts.items())
        own = ('dialect = "host"', 'host = "*.gw.hospital.example"', f"hosts = {{ {table} }}")
        return "\n".join(["[[route]]", *own, ""])
    own = (f'prefix = "{prefix}"', f'dialect = "{asked.dialect}"', *more)
    return "\n".join(["[[route]]", *own, f'presets = ["{asked.presets[0]}"]', ""])


KEYED = [name for name, vendor in VENDORS.items() if not vendor.hosts]  # a key has a place
