"""The lines of code for an app, with this gateway's name filled in (`sigproxy snippet`).

The texts are templates in `snippets/`, one per vendor; this module fills them in.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import chain, count
from string import Template

from sigproxy.config import RouteSettings, Settings
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority

PLACEHOLDER = Authority("gateway.example")

_WATCHRTC = Authority("watchrtc-server.cyara.com")
_SECRET = (
    "// This URL has an access key, so it is a secret: keep it out of tickets and repositories.\n"
)


MEDIA = frozenset({"acs", "agora", "vonage", "daily"})  # those that have media and lines for it
_NEEDS_TURN = (
    "Needs `[turn]` in the gateway's configuration; or give a TURN server of your own in this\n"
    "shape (`sigproxy ice SDK --check FILE` judges it).\n\n"
)

_BARE = """\
- A URL without a host in it, as on the vendor's page, on a route with the dialect "path". It
  needs `dialect = "fixed"` and `upstream = "https://watchrtc-server.cyara.com/"`.
"""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor whose SDK can use the gateway; a route that covers one of `presets` serves it."""

    name: str
    title: str
    presets: tuple[str, ...]
    prefix: str = "/"  # the prefix in the suggested route

    @property
    def dialect(self) -> str:
        return PRESETS[self.presets[0]].dialect


VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor("acs", "Azure Communication Services", ("acs", "acs-gov")),
        Vendor("watchrtc", "watchRTC", ("watchrtc",)),
        Vendor("agora", "Agora", ("agora",)),
        Vendor("vonage", "Vonage", ("vonage",)),
        Vendor("daily", "Daily", ("daily",)),
        Vendor("express", "what the Express sample serves", ("acs", "acs-gov"), prefix="/proxy"),
    )
}


@dataclass(frozen=True, slots=True)
class Ice:
    """Where the gateway answers with ICE servers, or would with `[turn]` in its configuration."""

    path: str = "/-/ice"
    keyed: bool = False
    served: bool = False


@dataclass(frozen=True, slots=True)
class Mount:
    """The SDK's path at the gateway: `path` is "", or prefix and key, "/acs/<key>".

    `prefix` is the route's, as in the configuration. `names_host`: the vendor's host follows in
    the SDK's URL; False on a fixed route.
    """

    prefix: str
    path: str
    keyed: bool = False
    names_host: bool = True
    presets: tuple[str, ...] = ()  # of the route that was found; empty: there is no configuration


def suggested(vendor: Vendor) -> Mount:
    """Return the mount of the route that `toml` writes if there is no other route."""
    return Mount(vendor.prefix, vendor.prefix.rstrip("/"))


def find(settings: Settings, vendor: Vendor) -> Mount | None:
    """Return where *vendor* is served, by the most specific of several routes; None: nowhere."""
    routes = [route for route in settings.route if _misfit(route, vendor) is None]
    if not routes:
        return None
    # False sorts before True.
    best = min(
        routes,
        key=lambda route: (
            route.prefix != vendor.prefix if vendor.prefix != "/" else False,
            route.dialect != "fixed",
            not set(route.presets) & set(vendor.presets),
            any(Pattern.parse(text).is_open for text in route.patterns),
        ),
    )
    path = best.prefix.rstrip("/")
    if best.keys:
        path += f"/{best.keys[0]}"
    presets = best.presets or vendor.presets[:1]
    return Mount(best.prefix, path, bool(best.keys), best.dialect != "fixed", presets)


def _misfit(route: RouteSettings, vendor: Vendor) -> str | None:
    """Return why *route* does not serve *vendor*; None if it does."""
    if route.dialect == "fixed" and vendor.name == "watchrtc":
        return _fixed_misfit(route)
    if route.dialect != vendor.dialect:
        return f'its dialect is "{route.dialect}", and this SDK needs "{vendor.dialect}"'
    policy = TargetPolicy(tuple(map(Pattern.parse, route.patterns)))
    unreached = [
        [host for host in PRESETS[name].essential if not policy.admits(_authority(host))]
        for name in vendor.presets
    ]
    if all(unreached):
        return f"it does not reach {', '.join(unreached[0])}"
    return None


def _fixed_misfit(route: RouteSettings) -> str | None:
    dialect = FixedDialect.parse(route.upstream or "", route.keep_path)
    if dialect.authority != _WATCHRTC:
        return f"its upstream is {dialect.authority}, not {_WATCHRTC}"
    if not route.keep_path:
        return "keep_path = false drops /trace and /error"
    return None


def misfits(settings: Settings, vendor: Vendor) -> Iterator[str]:
    """Yield the reason for each route that does not serve *vendor*."""
    for route in settings.route:
        if reason := _misfit(route, vendor):
            yield f"route {route.prefix}: {reason}"


def toml(settings: Settings, vendor: Vendor) -> str:
    """Return a route for *vendor*, at a prefix that no route of *settings* has."""
    taken = {route.prefix for route in settings.route}
    numbered = (f"/{vendor.name}-{number}" for number in count(2))
    prefix = next(
        each for each in chain((vendor.prefix, f"/{vendor.name}"), numbered) if each not in taken
    )
    lines = ["[[route]]", f'prefix = "{prefix}"']
    if vendor.dialect != "path":
        lines.append(f'dialect = "{vendor.dialect}"')
    lines.append(f'presets = ["{vendor.presets[0]}"]')
    lines.append('allowed_origins = ["https://app.example.com"]  # your pages')
    if any(route.keys for route in settings.route):
        lines.append("# keys = [...], or keys_file: your other routes have access keys")
    return "\n".join(lines)


def lines_for(
    settings: Settings, vendor: Vendor, gateway: Authority, assume: bool
) -> tuple[str, str]:
    """Return the lines for the app, "" if no route serves *vendor*, and a remark or "".

    *assume*: there is no configuration; the lines are for a route that the remark shows.
    """
    media = render_media(vendor, gateway, ice_of(settings))
    if assume:
        bare = settings.model_copy(update={"route": ()})
        remark = f"without --config, these lines need a gateway with\n\n{toml(bare, vendor)}\n"
        return render(vendor, gateway, suggested(vendor)) + media, remark
    if mount := find(settings, vendor):
        return render(vendor, gateway, mount) + media, ""
    reasons = "".join(f"  {line}\n" for line in misfits(settings, vendor))
    return "", f"no route serves {vendor.title}:\n{reasons}add\n\n{toml(settings, vendor)}"


def render(vendor: Vendor, gateway: Authority, mount: Mount) -> str:
    """Return the lines for *vendor*'s SDK, as Markdown."""
    value = f"{gateway}{mount.path}"
    url = f"https://{value}"
    if vendor.name == "watchrtc":
        url = f"wss://{value}" + (f"/{_WATCHRTC}" if mount.names_host else "")
    return _template(
        f"{vendor.name}.txt"
    ).substitute(
        value=value,  # Agora's: no scheme
        url=url,
        prefix=mount.prefix,
        presets=json.dumps(mount.presets or vendor.presets[:1]),
        already=" (there already)" if mount.presets else "",
        bare=_BARE if mount.names_host else "",
        keys="# its keys, or keys_file\n" if mount.keyed else "",
        secret=_SECRET if mount.keyed else "",
    )


def ice_of(settings: Settings) -> Ice:
    """Return where *settings* have ICE servers answered, with the first key if there are keys."""
    if settings.turn is None:
        return Ice()
    key = settings.turn.keys[0] if settings.turn.keys else ""
    return Ice("/-/ice" + (f"/{key}" if key else ""), bool(key), served=True)


def render_media(vendor: Vendor, gateway: Authority, ice: Ice) -> str:
    """Return the lines by which *vendor*'s SDK relays its media, "" if it has none."""
    if vendor.name not in MEDIA:
        return ""
    text = _template(f"{vendor.name}.media.txt").substitute(
        ice=f"https://{gateway}{ice.path}", secret=_SECRET if ice.keyed else ""
    )
    return f"\n## Media\n\n{'' if ice.served else _NEEDS_TURN}{text}"


def _template(name: str) -> Template:
    return Template(resources.files("sigproxy.tools").joinpath("snippets", name).read_text("utf-8"))


def _authority(text: str) -> Authority:
    return Authority.parse(text.encode())
