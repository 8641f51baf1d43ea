"""Vonage Video (OpenTok) on the web: SDK 2.35.2."""

from tests.media.cases import Case

UDP = "turn:h:3478?transport=udp"
STUN = {"urls": ["stun:h:3478"]}
SECRET = {"username": "u", "credential": "c"}
SERVER = {"urls": [UDP], **SECRET}
GOOD = {"includeServers": "custom", "transportPolicy": "relay", "customServers": [SERVER]}


def _with(**changes: object) -> dict[str, object]:
    return {**GOOD, **changes}


def _servers(*servers: object) -> dict[str, object]:
    return _with(customServers=list(servers))


CASES = [
    Case(5, "", "TypeError"),
    Case([], "", "iceConfig invalid: .customServers must be an array"),
    Case(
        _with(includeServers="mine"),
        "includeServers",
        "iceConfig invalid: .includeServers must be all or custom",
    ),
    Case(_with(includeServers=None), "includeServers", ".includeServers must be all or custom"),
    Case(_with(transportPolicy="none"), "transportPolicy", ".transportPolicy must be all or relay"),
    Case(_with(customServers={}), "customServers", ".customServers must be an array"),
    Case({"includeServers": "all"}, "customServers", ".customServers must be an array"),
    Case(
        _servers(),
        "customServers",
        ".customServers must be a non empty array if .includeServers=custom and "
        ".transportPolicy=relay",
    ),
    Case(_servers(SERVER, 5), "customServers[1]", "TypeError"),
    Case(_servers(SERVER, None), "customServers[1]", "TypeError"),
    Case(
        _servers(SERVER, {"url": UDP, **SECRET}),
        "customServers[1]",
        "ice servers need .urls, not .url",
    ),
    Case(
        _servers(SERVER, SECRET),
        "customServers[1]",
        "ice server .urls must be a string or an array",
    ),
    Case(
        _servers(SERVER, {"urls": 5, **SECRET}),
        "customServers[1].urls",
        "ice server .urls must be a string or an array",
    ),
    Case(
        _servers({**SERVER, "username": 5}),
        "customServers[0].username",
        "ice server .username must be a string if present",
    ),
    Case(
        _servers({**SERVER, "credential": {}}),
        "customServers[0].credential",
        "ice server .credential must be a string if present",
    ),
    Case(
        _servers({"urls": [UDP]}),
        "customServers[0]",
        "Both username and credential are required",
        "browser",
    ),
    Case(
        _servers({**SERVER, "urls": [UDP, "turn:h:0"]}),
        "customServers[0].urls[1]",
        "ICE server parsing failed: Invalid port",
        "browser",
    ),
    Case(_servers({**SERVER, "username": ""}), "customServers[0].username", "empty", "browser"),
    Case(
        _servers({**SERVER, "credential": None}),
        "customServers[0].credential",
        "browsers turn it into text",
        None,
        (UDP,),
    ),
    Case(_servers(STUN), "customServers", "drops all URLs but those of TURN", None),
    Case(
        _with(iceServers=[{**SERVER, "urls": ["turn:other"]}]),
        "iceServers",
        "does not read iceServers",
        None,
        (UDP,),
    ),
]
