"""Agora on the web, both shapes: SDK 4.24.8, and 4.3.0 for what it does otherwise."""

from tests.media.cases import Case

URLS = ("turn:h:3478?transport=udp", "turns:h:443?transport=tcp")
SECRET = {"username": "u", "credential": "c"}
SERVER = {"urls": list(URLS), **SECRET}
EMPTY = "AgoraRTCError INVALID_PARAMS: turnServerURL cannot be empty"

LIST = [
    Case({"iceServers": [SERVER]}, "", EMPTY),
    Case([{"url": URLS[0], **SECRET}], "", EMPTY),
    Case([{"urls": "", **SECRET}], "", EMPTY),
    Case([{"urls": None, **SECRET}], "", EMPTY),
    Case([SERVER, {"turnServerURL": "h", "username": "u", "password": "p"}], "", EMPTY),
    Case(5, "", EMPTY),
    Case([None], "", "TypeError"),
    Case(
        [{"urls": [], **SECRET}],
        "[0].urls",
        "ICE server parsing failed: Empty uri.",
        "browser",
    ),
    Case([{"urls": list(URLS), "username": "u"}], "[0]", "Both username and credential", "browser"),
    Case(
        [{"urls": [URLS[0], "turn:h:0"], **SECRET}],
        "[0].urls[1]",
        "ICE server parsing failed: Invalid port",
        "browser",
    ),
    Case(
        [{"urls": ["stun:h:3478"]}, SERVER],
        "",
        "takes one of the 2 entries",
        None,
        ("stun:h:3478",),
    ),
    Case([], "", "the list is empty, so nothing is relayed", None),
]

OLDER: dict[str, object] = {
    "turnServerURL": "h",
    "username": "u",
    "password": "p",
    "udpport": 3478,
    "tcpport": 443,
    "forceturn": False,
    "security": True,
}
DIALLED = (
    "turn:h:3478?transport=udp",
    "turn:h:3478?transport=tcp",
    "turns:h:443?transport=tcp",
)
RANGE = "the value range is [1, 99999]. integer only"
LENGTH = "Length of the string: [1,255]. ASCII characters only."
BOOLEAN = "The value is of the boolean type."


def _older(**changes: object) -> dict[str, object]:
    return {**OLDER, **changes}


LEGACY = [
    Case(_older(turnServerURL=""), "turnServerURL", f"Invalid turnServerURL: {LENGTH}"),
    Case(_older(turnServerURL="x" * 256), "turnServerURL", f"Invalid turnServerURL: {LENGTH}"),
    Case(_older(username="用户"), "username", f"Invalid username: {LENGTH}"),
    Case(_older(password=None), "password", "password cannot be empty"),
    Case(_older(udpport=100000), "udpport", f"invalid udpport: {RANGE}"),
    Case(_older(tcpport="443"), "tcpport", f"invalid tcpport: {RANGE}"),
    Case(_older(tcpport=443.5), "tcpport", f"invalid tcpport: {RANGE}"),
    Case(_older(forceturn=1), "forceturn", f"Invalid forceturn: {BOOLEAN}"),
    Case(_older(security="yes"), "security", f"Invalid security: {BOOLEAN}"),
    Case(5, "", EMPTY),
    Case(None, "", "TypeError"),
    Case(
        _older(turnServerURL="turn:h"),
        "turnServerURL",
        "ICE server parsing failed: Invalid port",
        "browser",
    ),
    Case(
        _older(urls=["turn:x"], credential="c"),
        "urls",
        "reads it as the other shape",
        None,
        ("turn:x",),
    ),
    Case(
        _older(turnServerURL="203.0.113.5"),
        "turnServerURL",
        "turns:203-0-113-5.edge.agora.io:443",
        None,
        (
            "turn:203.0.113.5:3478?transport=udp",
            "turn:203.0.113.5:3478?transport=tcp",
            "turns:203-0-113-5.edge.agora.io:443?transport=tcp",
        ),
    ),
    Case(_older(udpport=5000), "udpport", "ignores 5000, and dials 3478", None, DIALLED),
    Case(_older(tcpport=8443), "tcpport", "ignores 8443, and dials 3478 and 443", None, DIALLED),
    Case(_older(udpport=0), "udpport", "reads it as no udpport", None, DIALLED),
    Case(_older(security=None, tcpport=3478), "security", "takes for false", None, DIALLED),
    Case(_older(security=False), "security", "send plain TCP to 443", None, DIALLED),
    Case(_older(forceturn=True), "forceturn", "connects without the relay", None, DIALLED),
    Case([OLDER, OLDER], "", "of the 2 servers the SDK takes one", None, DIALLED),
    Case([], "", "the list is empty", None),
]
