"""The plan: how each vendor's host is asked, and what is not tried."""

from dataclasses import replace

from sigproxy.dialects.host import HostDialect
from sigproxy.network.plan import TEST_TTL_S, Facts, Probe, tried
from tests.network.samples import FACTS, KEY, OTHER, PLAN, TURN, asking, route

WHERE = b"/-/network"


def test_the_whole_of_it() -> None:
    plan = PLAN.content(WHERE, KEY.encode(), FACTS)
    vendors = plan.pop("vendors")
    assert plan == {
        "version": "1.2.3",
        "time": 1_700_000_000.25,
        "request_id": "0-1",
        "certificate": {
            "sha256": "AA:BB",
            "not_after": "2028-01-05T00:00:00Z",
            "names": ["gw.example"],
        },
        "echo": f"/-/network/echo/{KEY}",
        "ice": f"/-/network/ice/{KEY}",
        "modes": ["auto", "udp", "tls"],
        "stun": "stun:gw.example:3478",
        "turn_server": "reachable",
        "not_tried": [],
        "sdks": ["acs-web", "daily"],
        "mounts": {"acs-web": "/acs", "daily": f"/keyed/{KEY}"},
    }
    assert [(each["dialect"], each["url"]) for each in vendors] == [
        ("path", "/acs/api.example.com/"),
        ("path", "/acs/media.example.org:8443/"),
        ("fixed", "/trtc/"),
        ("query", "/ap/?url=ap.agora.io/"),
        ("path", f"/keyed/{KEY}/api.example.net/"),
    ]
    assert vendors[1] == {
        "route": "/acs",
        "host": "media.example.org",
        "port": 8443,
        "dialect": "path",
        "method": "HEAD",
        "url": "/acs/media.example.org:8443/",
    }


def test_a_key_opens_only_routes_that_have_it() -> None:
    for key in (b"", b"somebody-elses"):
        plan = PLAN.content(WHERE, key, FACTS)
        assert "/keyed" not in {each["route"] for each in plan["vendors"]}
        [untried] = plan["not_tried"]
        assert untried["route"] == "/keyed"
        assert "keys_file" in untried["why"]
        assert plan["mounts"]["daily"] == "/keyed"
    assert OTHER not in str(PLAN.content(WHERE, KEY.encode(), FACTS))


def test_other_names_of_the_gateways_are_other_sites_to_a_page() -> None:
    host = HostDialect.of("gw.example", {"api": "api.vendor.example"})
    named = replace(route("", host, "api.vendor.example"), domain="gw.example")
    plan = replace(PLAN, probes=(Probe(named, (asking("api.vendor.example"),)),))
    content = plan.content(WHERE, b"", FACTS)
    assert content["vendors"] == []
    [untried] = content["not_tried"]
    assert untried["route"] == "*.gw.example"
    assert "doctor" in untried["why"]


def test_behind_a_proxy_that_takes_a_prefix_away_paths_have_it() -> None:
    plan = PLAN.content(b"/gw/-/network", b"", FACTS)
    assert plan["echo"] == "/gw/-/network/echo"
    assert plan["vendors"][0]["url"] == "/gw/acs/api.example.com/"
    assert plan["mounts"]["acs-web"] == "/gw/acs"


def test_without_turn_there_is_none() -> None:
    bare = replace(PLAN, turn=None, modes=())
    plan = bare.content(WHERE, b"", Facts(0.0, "0-1", None, None))
    assert [plan[name] for name in ("ice", "stun", "modes", "certificate", "turn_server")] == [
        *(None, None),
        [],
        *(None, None),
    ]


def test_a_turn_server_that_is_gone() -> None:
    assert PLAN.content(WHERE, b"", FACTS._replace(relays=False))["turn_server"] == "unreachable"


def test_only_what_the_modes_offer_is_tried_and_its_credentials_end_soon() -> None:
    found = tried(TURN)
    assert (found.udp_port, found.tls_port, found.tcp_port) == (3478, 443, 80)
    assert (found.ttl_s, found.modes) == (TEST_TTL_S, ("auto",))
    udp = tried(replace(TURN, modes=("udp",), ttl_s=60))
    assert (udp.udp_port, udp.tls_port, udp.tcp_port, udp.ttl_s) == (3478, 0, 0, 60)
    both = tried(replace(TURN, modes=("udp", "tls")))
    assert (both.udp_port, both.tls_port, both.tcp_port) == (3478, 443, 0)
