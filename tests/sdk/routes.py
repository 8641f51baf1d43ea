"""The routes of the sigproxy that the SDKs run through."""

KEY = "e8mXq2-Vb0aTn4Lr"
_PATH = """
[[route]]
prefix = "{prefix}"
dialect = "path"
allowed_origins = ["https://app.example.net"]
presets = ["acs", "acs-gov", "vonage", "daily", "watchrtc"]
"""
_KEYS = f'keys = ["{KEY}"]\n'
_AGORA = """
[[route]]
prefix = "/agora"
dialect = "query"
allowed_origins = ["https://app.example.net"]
presets = ["agora"]
"""
_WATCHRTC = """
[[route]]
prefix = "{prefix}"
dialect = "fixed"
upstream = "https://watchrtc-server.cyara.com/"
allowed_origins = ["https://app.example.net"]
"""
_PREFIXES = ("/", "/acs/v1", "/keyed")  # the last one has the key
ROUTES = "".join(
    (*(_PATH.format(prefix=prefix) for prefix in _PREFIXES), _KEYS, _AGORA)
) + _WATCHRTC.format(prefix="/watchrtc")
BARE_ROUTE = _WATCHRTC.format(prefix="/")
