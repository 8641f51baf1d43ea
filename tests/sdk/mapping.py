"""Which vendor's URL an SDK means by the URL that it asks of a gateway.

Plain rules of what the SDKs send, written without a look at sigproxy: the suite compares what
arrives with what these say.
"""

import re
from collections.abc import Callable

GATEWAY = "proxy.example.org"
COMMERCIAL = "proxy.example.com"  # the same; NGINX's sample can reach itself under such a name
BARE = "watchrtc.example.org"  # a gateway that is nothing but watchRTC's
WATCHRTC = "watchrtc-server.cyara.com"
PAGES = "app.example.net"  # the web application, and what each of its pages is below
KEY = "e8mXq2-Vb0aTn4Lr"  # of the route /keyed
ORIGINS = f'allowed_origins = ["https://{PAGES}", "https://*.{PAGES}"]\n'  # of each route
DEFAULT_PORTS = {"https": "443", "wss": "443", "http": "80", "ws": "80"}

Form = Callable[[str, str], str]


def path(below: str, own: str) -> str:
    """``/<host>/<path>``, as ACS, Vonage, Daily and watchRTC have it.

    ACS puts the gateway and its prefix in front of what has them in front already, and two
    slashes behind one host. watchRTC leaves the path out.
    """
    while below.startswith(f"/{own}/"):
        below = below.removeprefix(f"/{own}")
    host, rest = re.fullmatch(r"/([^/?]+)/*(.*)", below, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{host}/{rest}"


def agora(below: str, own: str) -> str:
    """``/ap/?url=``, ``/rs/?h=&p=&d=``, ``/ls/`` likewise, and ``/ws/?h=&p=``."""
    if found := re.fullmatch(r"/ap/\?url=([^&]*)(?:&(.*))?", below):
        url, more = found.groups()
        return url + (("&" if "?" in url else "?") + more if more else "")
    found = re.fullmatch(r"/(?:[rl]s|ws)/\?h=([^&]*)&p=(\d+)(?:&d=/?(.*))?", below)
    assert found is not None, f"Agora's SDK has a form that is not known: {below}"
    host, port, rest = found.groups(default="")
    return f"{host}:{port}/{rest}"


def fixed(upstream: str) -> Form:
    """Return the form of a fixed route: all of a prefix stands for *upstream*, a host and path."""
    return lambda below, own: upstream + "/" + below.lstrip("/")


def labels(domain: str) -> Form:
    """Return the form of a host route below a wildcard: each label is one of *domain*'s."""
    return lambda below, own: re.sub(r"\A/([^/?]+)", rf"\1.{domain}", below)


watchrtc = fixed(WATCHRTC)


def meant(url: str, own: str, form: Form) -> str | None:
    """Return the vendor's URL that *url* names below *own*, which is the gateway's name and prefix.

    Below a wildcard, such as ``*.proxy.example.org``, the label comes first, as ``/label/path``.
    None if it is past the gateway.
    """
    scheme, _, rest = url.partition("://")
    if own.startswith("*"):
        label, is_below, path = rest.partition(own[1:])
        below = f"/{label}{path}" if is_below and "/" not in label else rest
    else:
        below = rest.removeprefix(own)
    return None if below == rest else normal(f"{scheme}://{form(below, own)}")


def normal(url: str) -> str:
    """Return *url* without the port that its scheme has anyway."""
    scheme, _, rest = url.partition("://")
    port = DEFAULT_PORTS[scheme]
    return re.sub(rf"\A([^/?#]*):{port}(?=[/?#]|\Z)", r"\1", rest).join((f"{scheme}://", ""))


def address(url: str) -> tuple[str, int]:
    """Return the host and port at which *url* is served."""
    scheme, _, rest = url.partition("://")
    host, _, port = re.split(r"[/?#]", rest, maxsplit=1)[0].partition(":")
    return host, int(port or DEFAULT_PORTS[scheme])
