"""What RTCPeerConnection refuses, and what it accepts and cannot use: URLs, and whole servers.

The tests beside this module hold our rules to it, tests/sdk/ice Chromium.
"""

# A URL, and the end of the message.
REFUSED = [
    ("", "'' is not a valid URL."),
    ("gateway.example", "'gateway.example' is not a valid URL."),
    ("http://h", "'http://h' is not a valid stun or turn URL."),
    ("stun:h?transport=udp", "'stun:h?transport=udp' is not a valid stun or turn URL."),
    ("stuns:h?", "Invalid transport parameter key."),
    ("turn:h?", "Invalid transport parameter key."),
    ("turn:h?foo=1", "'turn:h?foo=1' is not a valid stun or turn URL."),
    ("turn:h?transport=", "'turn:h?transport=' is not a valid stun or turn URL."),
    ("turn:h?transport=tls", "Transport parameter should always be udp or tcp."),
    ("turns:h:443?transport=tls", "Transport parameter should always be udp or tcp."),
    ("turn:h?transport=sctp", "Transport parameter should always be udp or tcp."),
    ("turn:h?transport=udp&x=1", "Transport parameter should always be udp or tcp."),
    ("turn:user@h", "Invalid url with long deprecated user@host syntax"),
    ("turn:", "Invalid transport parameter in ICE URI"),
    ("turn://h", "Invalid hostname format"),
    ("turn:a b", "Invalid hostname format"),
    ("turn:[2001:db8::1", "Invalid hostname format"),
    ("turn:[2001:db8::1]:", "Invalid hostname format"),
    ("turn:h:", "Invalid hostname format"),
    ("turn:h:0", "Invalid port"),
    ("turn:h:65536", "Invalid port"),
    ("turn:h:+1", "Invalid port"),
    ("turn:h:³", "Invalid port"),
    ("turn:2001:db8::1", "Invalid port"),
]
# Accepted, and useless.
REJECTED = [
    ("turn:[nonsense]", "no IPv6 address"),
    ("turn:[2001:db8::1]x", "no IPv6 address"),
    ("turn:h?transport=udp?x", "a second '?'"),
]
# A URL, its parts, what carries it, and the port.
TAKEN = [
    ("stun:h", ("stun", "h", None, None), "udp", 3478),
    ("stuns:h", ("stuns", "h", None, None), "tls", 5349),
    ("turn:h", ("turn", "h", None, None), "udp", 3478),
    ("turn:h:443?transport=tcp", ("turn", "h", 443, "tcp"), "tcp", 443),
    ("turns:h", ("turns", "h", None, None), "tls", 5349),
    ("turns:h:443?transport=udp", ("turns", "h", 443, "udp"), "tls", 443),
    ("TURN:h?transport=UDP", ("turn", "h", None, "UDP"), "udp", 3478),
    ("turn:[2001:db8::1]:3478", ("turn", "2001:db8::1", 3478, None), "udp", 3478),
    ("turn:192.0.2.1", ("turn", "192.0.2.1", None, None), "udp", 3478),
    ("turn:under_score.example", ("turn", "under_score.example", None, None), "udp", 3478),
    ("turn:bücher.example", ("turn", "bücher.example", None, None), "udp", 3478),
]

GOOD = {"urls": ["turn:h:3478?transport=udp"], "username": "u", "credential": "c"}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in GOOD.items() if key != name}


# Servers, the element that is at fault, what our finding says, and the error that is thrown.
THROWN: list[tuple[object, str, str, str]] = [
    (None, "iceServers", "it is null", "TypeError"),
    ({}, "iceServers", "it is an object", "TypeError"),
    ([5], "iceServers[0]", "it is a number", "TypeError"),
    ([without("urls")], "iceServers[0]", "urls is missing", "TypeError"),
    ([{**GOOD, "urls": []}], "iceServers[0].urls", "Empty uri.", "SyntaxError"),
    ([{**GOOD, "urls": True}], "iceServers[0].urls", "it is a boolean", "SyntaxError"),
    ([{**GOOD, "urls": [None]}], "iceServers[0].urls[0]", "it is null", "SyntaxError"),
    (
        [GOOD, {**GOOD, "urls": ["turn:h", "h"]}],
        "iceServers[1].urls[1]",
        "'h' is not a valid URL.",
        "SyntaxError",
    ),
    (
        [{**GOOD, "urls": "turns:h?transport=tls"}],
        "iceServers[0].urls",
        "always be udp or tcp",
        "SyntaxError",
    ),
    ([without("username")], "iceServers[0]", "Both username and", "InvalidAccessError"),
    ([without("credential")], "iceServers[0]", "no credential", "InvalidAccessError"),
    ([{**GOOD, "username": ""}], "iceServers[0].username", "empty user", "InvalidAccessError"),
    ([{**GOOD, "credential": ""}], "iceServers[0].credential", "empty user", "InvalidAccessError"),
    ([{**GOOD, "username": "é" * 255}], "iceServers[0].username", "long", "InvalidAccessError"),
]
# The same, of what Chromium accepts.
ACCEPTED: list[tuple[object, str, str]] = [
    ([{**without("urls"), "url": "turn:h"}], "iceServers[0]", "the standard has dropped url"),
    ([{**GOOD, "urls": "turn:[h]"}], "iceServers[0].urls", "accept it and gather no candidate"),
    ([{**GOOD, "urls": "turn:h:79"}], "iceServers[0].urls", "on port 79, and gather no candidate"),
    ([{**GOOD, "urls": "turn:h:53"}], "iceServers[0].urls", "no UDP to port 53"),
    ([{**GOOD, "urls": "turns:h?transport=udp"}], "iceServers[0].urls", "no DTLS"),
    ([{**GOOD, "urls": "turn:h?transport=TCP"}], "iceServers[0].urls", "TCP is not tcp"),
    ([{**GOOD, "credential": {}}], "iceServers[0].credential", "it is an object"),
    ([{**GOOD, "credentialType": "oauth"}], "iceServers[0].credentialType", "no longer support"),
    ([GOOD] * 33, "iceServers", "33 TURN URLs"),
]
RIGHT: list[object] = [
    [],
    [GOOD],
    [{**GOOD, "urls": "turn:h"}],
    [{"urls": "stun:h"}],
    [{"urls": ["stun:h:3478", "stuns:h"]}, GOOD],
    [{**GOOD, "credentialType": "password"}],
    [{**GOOD, "username": "x" * 509}],
    [{**GOOD, "urls": "turn:h:53?transport=tcp"}],
    [GOOD] * 32,
]
