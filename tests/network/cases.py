"""What the page's verdict has to be: a table from results to findings."""

from typing import Any

Results = dict[str, Any]


def turn(way: str, state: str = "ok", port: int = 3478, *, probe: bool = False) -> Results:
    return {"way": way, "state": state, "port": port, "host": "turn.example", "probe": probe}


def media(way: str, state: str = "ok", **figures: float) -> Results:
    usual = {"loss": 0.0, "p50": 10.0, "p95": 20.0, "jitter": 1.0, "kbit": 2000.0}
    return {"way": way, "state": state, **(usual | figures if state == "ok" else {})}


def refused(token: str, status: int = 403) -> Results:
    return {"state": "failed", "error": {"token": token, "detail": "the detail", "status": status}}


def threw(group: str) -> Results:
    return {"step": "a step", "group": group, "detail": "Error: no"}


WELL: Results = {
    "gateway": "gw.example",
    "port": 443,
    "origin": "https://gw.example",
    "plan": {"state": "ok", "skew": 0.4},
    "preflight": {"state": "ok"},
    "websocket": {"state": "ok"},
    "idle": {"state": "ok", "seconds": 20},
    "vendors": [{"host": "a.example", "state": "ok"}],
    "ice": {"state": "ok"},
    "turn": [turn("udp"), turn("tcp", "refused", probe=True), turn("tls", port=443)],
    "media": [media("udp"), media("tls")],
    "modes": ["auto", "udp", "tls"],
    "turnServer": "reachable",
    "certificate": {"sha256": "AA:BB"},
    "broken": [],
    "lacks": [],
}
TLS_ONLY = {"media": [media("tls")]}
NO_UDP = [turn("udp", "silent"), turn("tcp", "refused", probe=True), turn("tls", port=443)]
NO_WAY = [turn("udp", "silent"), turn("tcp", "refused", probe=True), turn("tls", "refused", 443)]

# What is found -> what differs from all being well, the level, and the mode to use.
CASES: dict[str, list[tuple[Results, str, str | None]]] = {
    "all_well": [
        ({}, "ok", "auto"),
        ({"plan": {"state": "ok", "skew": -59.0}}, "ok", "auto"),
        ({"vendors": []}, "ok", "auto"),
        ({"ice": None, "turn": [], "media": [], "modes": []}, "ok", None),
        ({"modes": ["udp"], "turn": [turn("udp")], "media": [media("udp")]}, "ok", "udp"),
        ({"modes": ["tls"], "turn": [turn("tls", port=443)], **TLS_ONLY}, "ok", "tls"),
        ({"modes": ["auto"], "turn": [turn("tls", port=443)], **TLS_ONLY}, "ok", "auto"),
        ({"turn": [turn("tcp", port=80)], "media": [media("tcp")]}, "ok", "auto"),
        # TURN that is not on the gateway's own port
        ({"turnServer": None}, "ok", "auto"),
    ],
    "gateway_unreachable": [({"plan": {"state": "failed", "error": None}}, "fail", None)],
    "gateway_error": [({"plan": refused("overloaded", 503)}, "fail", None)],
    "not_a_gateway": [
        ({"plan": refused("not_a_gateway", 200)}, "fail", None),
        ({"ice": refused("not_a_gateway"), "turn": [], "media": []}, "fail", None),
    ],
    "browser_lacks": [
        ({"lacks": ["fetch", "WebSocket"], "plan": None}, "fail", None),
        ({"lacks": ["WebSocket"], "websocket": None, "idle": {"state": "skip"}}, "fail", "auto"),
        (
            {"lacks": ["RTCPeerConnection"], "ice": None, "turn": [], "media": []},
            "fail",
            None,
        ),
    ],
    "test_failed": [
        ({"broken": [threw("page")], "plan": None}, "fail", None),
        ({"broken": [threw("gateway")], "preflight": None}, "fail", "auto"),
        ({"broken": [threw("gateway")], "websocket": None}, "fail", "auto"),
        ({"broken": [threw("gateway")], "idle": None}, "fail", "auto"),
        ({"broken": [threw("vendors")], "vendors": [None]}, "fail", "auto"),
        # no way was found, and none was tried to its end
        ({"broken": [threw("media")], "turn": [], "media": []}, "fail", None),
        ({"broken": [threw("media")], "media": []}, "fail", None),
    ],
    "key_refused": [({"plan": refused("key_refused")}, "fail", None)],
    "origin_refused": [
        ({"plan": refused("origin_refused")}, "fail", None),
        ({"websocket": {"state": "failed", "http": refused("origin_refused")}}, "fail", "auto"),
    ],
    "too_many_network_tests": [({"plan": refused("too_many_network_tests", 429)}, "fail", None)],
    "too_many_websockets": [
        ({"websocket": {"state": "failed", "http": refused("too_many_websockets")}}, "fail", "auto")
    ],
    "too_many_credentials": [
        (
            {"ice": refused("too_many_credentials", 429), "turn": [], "media": []},
            "fail",
            None,
        )
    ],
    "clock_skew": [
        ({"plan": {"state": "ok", "skew": 61.0}}, "warn", "auto"),
        ({"plan": {"state": "ok", "skew": -300.0}}, "warn", "auto"),
        ({"plan": {"state": "ok", "skew": 86400.0}}, "warn", "auto"),
    ],
    "preflight_blocked": [({"preflight": {"state": "failed"}}, "fail", "auto")],
    "websocket_blocked": [
        ({"websocket": {"state": "failed", "http": refused("upgrade_required")}}, "fail", "auto"),
        ({"websocket": {"state": "failed", "http": {"error": None}}}, "fail", "auto"),
        ({"websocket": {"state": "failed", "http": None}}, "fail", "auto"),
        # nothing was held, and so nothing cut
        (
            {
                "websocket": {"state": "failed", "http": None},
                "idle": {"state": "cut", "seconds": 0},
            },
            "fail",
            "auto",
        ),
    ],
    "websocket_idle_cut": [({"idle": {"state": "cut", "seconds": 15}}, "warn", "auto")],
    "vendor_unreachable": [
        (
            {
                "vendors": [
                    {"host": "a.example", "state": "ok"},
                    {
                        "host": "b.example:8443",
                        "state": "failed",
                        "token": "dns_error",
                        "detail": "no such name",
                        "request": "0-1",
                        "status": 502,
                    },
                ]
            },
            "fail",
            "auto",
        )
    ],
    "vendor_error": [
        ({"vendors": [{"host": "a.example", "state": "error", "status": 503}]}, "warn", "auto")
    ],
    "vendor_path_blocked": [
        ({"vendors": [{"host": "a.example", "state": "blocked"}]}, "fail", "auto")
    ],
    "turn_unreachable": [
        ({"turn": NO_WAY, "media": [], "turnServer": "unreachable"}, "fail", None),
        (
            {
                "turn": [turn("udp"), turn("tls", "refused", 443)],
                "media": [media("udp")],
                "turnServer": "unreachable",
            },
            "fail",
            "auto",
        ),
    ],
    "turn_credentials_refused": [
        (
            {"turn": [turn("udp", "credentials"), turn("tls", "credentials", 443)], "media": []},
            "fail",
            None,
        ),
        (
            {"turn": [turn("udp", "silent"), turn("tls", "credentials", 443)], "media": []},
            "fail",
            None,
        ),
    ],
    "udp_blocked": [
        ({"turn": NO_UDP, **TLS_ONLY}, "warn", "tls"),
        ({"turn": NO_UDP, **TLS_ONLY, "modes": ["auto"]}, "warn", "auto"),
        # a port for plain TCP that works is no sign of anything but of that
        (
            {"turn": [turn("udp", "silent"), turn("tcp", port=80), turn("tls", port=443)]}
            | {"media": [media("tcp"), media("tls")]},
            "warn",
            "tls",
        ),
    ],
    "only_443": [
        (
            {"turn": [turn("udp", "silent"), turn("tcp", "silent", probe=True), NO_UDP[2]]}
            | TLS_ONLY,
            "warn",
            "tls",
        )
    ],
    "http_proxy_only": [
        (
            {"turn": [turn("udp", "lookup"), turn("tcp", "refused", probe=True), NO_UDP[2]]}
            | TLS_ONLY,
            "warn",
            "tls",
        )
    ],
    "turn_tls_blocked": [
        (
            {"turn": [turn("udp"), turn("tls", "refused", 443)], "media": [media("udp")]},
            "warn",
            "auto",
        )
    ],
    "media_blocked": [({"turn": NO_WAY, "media": []}, "fail", None)],
    "turn_silent": [({"turn": NO_WAY, "media": [], "turnServer": None}, "fail", None)],
    "media_failed": [({"media": [media("udp", "failed"), media("tls")]}, "fail", "tls")],
    "media_lossy": [({"media": [media("udp", loss=3.2), media("tls")]}, "warn", "auto")],
    "media_slow": [({"media": [media("udp", p95=401.0), media("tls")]}, "warn", "auto")],
    "media_narrow": [({"media": [media("udp", kbit=499.0), media("tls")]}, "warn", "auto")],
}
FLAT = [(token, *case) for token, cases in CASES.items() for case in cases]
SEVERAL: Results = {
    "plan": {"state": "ok", "skew": 300.0},
    "websocket": {"state": "failed", "http": None},
    "turn": NO_UDP,
    "media": [media("tls", loss=10.0)],
}
