"""The routes of the sigproxy that the SDKs run through."""

import json

from tests.sdk.mapping import KEY, ORIGINS, WATCHRTC
from tests.sdk.scenarios import collected

_PRESETS = ("acs", "acs-gov", "vonage", "daily", "watchrtc", "agora")
_TARGETS = f"targets = {json.dumps(found)}\n" if (found := collected("TARGETS")) else ""
_EVERY_VENDOR = f"""
[[route]]
prefix = "{{prefix}}"
dialect = "path"
presets = {json.dumps([*_PRESETS, *collected("PRESETS")])}
{_TARGETS}{ORIGINS}"""
_KEYS = f'keys = ["{KEY}"]\n'
_AGORA = f"""
[[route]]
prefix = "/agora"
dialect = "query"
presets = ["agora"]
{ORIGINS}"""
_WATCHRTC = f"""
[[route]]
prefix = "{{prefix}}"
dialect = "fixed"
upstream = "https://{WATCHRTC}/"
{ORIGINS}"""
_PREFIXES = ("/", "/acs/v1", "/keyed")  # the last one has the key
ROUTES = "".join(
    (
        *(_EVERY_VENDOR.format(prefix=prefix) for prefix in _PREFIXES),
        _KEYS,
        _AGORA,
        _WATCHRTC.format(prefix="/watchrtc"),
        *collected("ROUTES"),
    )
)
BARE_ROUTE = _WATCHRTC.format(prefix="/")
