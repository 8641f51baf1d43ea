"""The lines of code for an app, with this gateway's name filled in (`sigproxy snippet`).

The texts are templates in `snippets/`, one per vendor; this module fills them in.
"""

import json
from dataclasses import dataclass
from importlib import resources
from string import Template

from sigproxy.config import Settings
from sigproxy.semantics.authority import Authority
from sigproxy.tools.snippet_route import Mount, find, misfits, suggested, toml
from sigproxy.tools.vendors import VENDORS, Vendor

__all__ = ["PLACEHOLDER", "VENDORS", "Ice", "ice_of", "lines_for", "render", "render_media"]

PLACEHOLDER = Authority("gateway.example")

_SECRET = (
    "// This URL has an access key, so it is a secret: keep it out of tickets and repositories.\n"
)
_SECRET_IN_HTML = f"<!-- {_SECRET.strip('/ ').strip()} -->\n"

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
class Ice:
    """Where the gateway answers with ICE servers, or would with `[turn]` in its configuration."""

    path: str = "/-/ice"
    keyed: bool = False
    served: bool = False


def lines_for(
    settings: Settings, vendor: Vendor, gateway: Authority, assume: bool
) -> tuple[str, str]:
    """Return the lines for the app, "" if no route serves *vendor*, and a remark or "".

    *assume*: there is no configuration; the lines are for a route that the remark shows.
    """
    media = render_media(vendor, gateway, ice_of(settings))
    if assume:
        bare = settings.model_copy(update={"route": ()})
        route = toml(bare, vendor, gateway)
        remark = f"without --config, these lines need a gateway with\n\n{route}\n"
        return render(vendor, gateway, suggested(vendor, gateway)) + media, remark
    if mount := find(settings, vendor):
        return render(vendor, gateway, mount) + media, ""
    reasons = "".join(f"  {line}\n" for line in misfits(settings, vendor))
    route = toml(settings, vendor, gateway)
    return "", f"no route serves {vendor.title}:\n{reasons}add\n\n{route}"


def render(vendor: Vendor, gateway: Authority, mount: Mount) -> str:
    """Return the lines for *vendor*'s SDK, as Markdown."""
    place = f"{mount.path}/{vendor.server}" if mount.names_host else mount.path
    text = _template(
        f"{vendor.name}.txt"
    ).substitute(
        gateway=gateway,
        host=gateway.host,
        port=gateway.port,
        path=mount.path,
        value=f"{gateway}{mount.path}",  # Agora's: no scheme
        url=f"https://{gateway}{mount.path}",
        place=place or "/",  # of the vendor's server
        server=f"{gateway}{place}",
        names=mount.domain,
        domain=gateway._replace(host=mount.domain),  # with the port
        prefix=mount.prefix,
        presets=json.dumps(mount.presets or vendor.presets[:1]),
        already=" (there already)" if mount.presets else "",
        bare=_BARE if mount.names_host else "",
        keys="# its keys, or keys_file\n" if mount.keyed else "",
        secret=_SECRET if mount.keyed else "",
    )
    return text + _render_shim(vendor, gateway, mount)


def _render_shim(vendor: Vendor, gateway: Authority, mount: Mount) -> str:
    """Return the tag of the page shim, "" if nothing goes past the gateway, or it has no shim."""
    if not vendor.shim or not mount.has_shim:
        return ""
    what = "".join(f"- {sdk.package}: {sdk.shim}\n" for sdk in vendor.sdks if sdk.shim)
    return "\n" + _template("page-shim.txt").substitute(
        what=what,
        url=f"https://{gateway}{mount.path}",
        secret=_SECRET_IN_HTML if mount.keyed else "",
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
