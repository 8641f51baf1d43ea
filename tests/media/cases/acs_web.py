"""ACS on the web: SDK 2.0.0 and 1.25.1."""

from tests.media.cases import Case

UDP = "turn:h:3478?transport=udp"
SECRET = {"username": "u", "credential": "c"}
NO_URL = "code 400, subCode 40003, Failed to create a URL object with the ICE server URL provided."
NO_SCHEME = "code 400, subCode 40004, The ICE server url must contain 'turn', 'turns', or 'stun'."
EMPTY = "TURN server with empty username or password"
# A URL, what the SDK turns it into for the browser, and what our check says; "": nothing.
BECOMES: list[tuple[str, str, str]] = [
    ("turn:h", UDP, ""),
    ("TURN:H", UDP, ""),
    ("turn:h:443", "turn:h:443?transport=udp", ""),
    ("turn:h:443?transport=tcp", "turn:h:443?transport=tcp", ""),
    ("turns:h:443?transport=tls", "turns:h:443", ""),
    ("turn:h:443?transport=tls", "turns:h:443", ""),
    ("turn:198.51.100.1:3478?transport=tcp", "turn:198.51.100.1:3478?transport=tcp", ""),
    ("turn:[2001:db8::1]:3478", "turn:[2001:db8::1]:3478?transport=udp", ""),
    ("turn:under_score.example", "turn:under_score.example:3478?transport=udp", ""),
    ("turn:bücher.example", "turn:xn--bcher-kva.example:3478?transport=udp", ""),
    ("turns:h", UDP, f"makes UDP of it, {UDP}"),
    ("turns:h:443", "turn:h:443?transport=udp", "makes UDP of it, turn:h:443?transport=udp"),
    (
        "turns:h:443?transport=tcp",
        "turn:h:443?transport=tcp",
        "makes plain TCP of it, turn:h:443?transport=tcp",
    ),
    ("stun:h:3478", UDP, f"turns it into a TURN server, {UDP}"),
    ("turn:h?transport=tls", "turns:h:3478", "dials 3478 for TLS as well, turns:h:3478"),
    ("turn:h:0", UDP, f"names no port, and the SDK dials {UDP}"),
    ("turn:h:", UDP, f"names no port, and the SDK dials {UDP}"),
    ("turn:h:443?transport=TCP", "turn:h:443?transport=udp", "?transport=TCP, and uses UDP"),
    ("turn:h?x=1", UDP, "does not know ?x=1, and uses UDP"),
    ("turn:h?transport=", UDP, "?transport=, and uses UDP"),
    (
        "turn:h?transport=tcp&transport=udp",
        "turn:h:3478?transport=tcp",
        "reads transport=tcp in ?transport=tcp&transport=udp, and drops the rest",
    ),
    ("turn:user@h", UDP, "drops what is before @"),
    ("turn://h:3478", UDP, "has no //"),
    ("turn:h:79", "turn:h:79?transport=udp", "no TURN server on port 79"),
]


def _of(urls: object, **secret: object) -> dict[str, object]:
    return {"iceServers": [{"urls": urls, **(secret or SECRET)}]}


CASES = [
    Case({}, "iceServers", "TypeError"),
    Case({"iceServers": None}, "iceServers", "TypeError"),
    Case({"iceServers": "x"}, "iceServers", "TypeError"),
    Case({"iceServers": {"urls": [UDP], **SECRET}}, "iceServers", "TypeError"),
    Case({"iceServers": [5]}, "iceServers[0].urls", "TypeError"),
    Case({"iceServers": [None]}, "iceServers[0].urls", "TypeError"),
    Case(_of(UDP), "iceServers[0].urls", "TypeError"),
    Case(_of([5]), "iceServers[0].urls[0]", NO_URL),
    Case(_of([UDP, ""]), "iceServers[0].urls[1]", NO_URL),
    Case(_of([UDP, "h"]), "iceServers[0].urls[1]", NO_URL),
    Case(_of([UDP, "turn:"]), "iceServers[0].urls[1]", NO_URL),
    Case(_of([UDP, "turn:h:99999"]), "iceServers[0].urls[1]", NO_URL),
    Case(_of([UDP, "stuns:h"]), "iceServers[0].urls[1]", NO_SCHEME),
    Case(_of([UDP, "https://h"]), "iceServers[0].urls[1]", NO_SCHEME),
    Case(_of([UDP, "h:x:y"]), "iceServers[0].urls[1]", NO_SCHEME),
    Case(
        _of([UDP, "turns:198.51.100.1:443?transport=tls"]),
        "iceServers[0].urls[1]",
        "ICE server parsing failed: Empty uri.",
        "browser",
    ),
    Case(_of([UDP], username="u"), "iceServers[0].credential", EMPTY, "browser"),
    Case(_of([UDP], username="", credential="c"), "iceServers[0].username", EMPTY, "browser"),
    Case(
        _of([UDP], username=5, credential="c"),
        "iceServers[0].username",
        "browsers turn it into text",
        None,
        (UDP,),
    ),
    Case(_of([]), "iceServers[0].urls", "it is empty, so nothing is dialled", None),
    Case(
        {"iceServers": []},
        "iceServers",
        "No relay config provided. No op., and uses Microsoft's relays",
        None,
        ("turn:turn.azure.com:3478?transport=udp", "turn:turn.azure.com:443?transport=tcp"),
    ),
]
