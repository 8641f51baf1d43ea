"""[turn]: what is accepted, what cannot work, and how each refusal reads."""

from pathlib import Path

import pytest

from sigproxy.config import load, remarks
from tests.config.turn import KEY, OTHER, SECRET, loaded, refused, turn, written

pytestmark = pytest.mark.usefixtures("secret")

CONF = Path(__file__).parents[2] / "conf"


def test_without_the_section_there_is_nothing() -> None:
    assert load(None, {}).turn is None


def test_the_defaults(file: Path) -> None:
    found = loaded(file, turn(file)).turn
    assert found is not None
    assert (found.udp_port, found.tls_port, found.tcp_port) == (3478, 443, 0)
    assert (found.ttl_s, found.stun, found.open) == (43_200, True, False)
    assert found.modes == ("auto", "udp", "tls")
    assert found.credentials_per_address == "60/hour"
    assert found._secrets == (SECRET.encode(),)


def test_the_environment_has_it_too(file: Path) -> None:
    environ = {
        "SIGPROXY_TURN__NAME": "gateway.example",
        "SIGPROXY_TURN__SECRET_FILE": str(file.with_name("secret")),
        "SIGPROXY_TURN__TTL_S": "600",
        "SIGPROXY_TURN__MODES": "udp,tls",
        "SIGPROXY_TURN__OPEN": "true",
        "SIGPROXY_TURN__ADDRESSES": "203.0.113.5, 203.0.113.6",
    }
    found = load(None, environ).turn
    assert found is not None
    assert (found.ttl_s, found.modes, found.open) == (600, ("udp", "tls"), True)
    assert found.addresses == ("203.0.113.5", "203.0.113.6")


def test_keys_from_a_file_join_the_others(file: Path) -> None:
    keys = written(file.with_name("keys"), f"{OTHER}\n")
    found = loaded(file, turn(file, keys_file=f"'{keys}'")).turn
    assert found is not None
    assert found.keys == (KEY, OTHER)


WHOM = (
    "turn.allowed_origins: nobody may have credentials; add keys (or keys_file), or "
    "allowed_origins; or set open = true if everybody may relay here"
)

PORT = "is not a port where browsers let TURN be; choose 53, 80, 443, or 1024 to 65535"
IPV4 = "write an IPv4 address that clients can reach: 203.0.113.5"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"name": "'203.0.113.5'"},
            "turn.name: 203.0.113.5 is an address, and TURN over TLS needs a name: certificates "
            "have names, and ACS and Agora make nothing, or a host of their own, of an address; "
            "write the name that the certificate has, and the address in addresses; or set "
            "tls_port = 0",
        ),
        (
            {"name": ""},
            "turn.name: nothing says under which name clients dial the TURN server; add "
            'name = "gateway.example.com", or remove [turn]',
        ),
        (
            {"name": "'gateway.example:3478'"},
            "turn.name: 'gateway.example:3478' names a port; write the host alone; udp_port and "
            "tls_port say ports",
        ),
        (
            {"name": "'[2001:db8::1]'"},
            "turn.name: '[2001:db8::1]' is an IPv6 address; write the host alone that clients "
            "dial: gateway.example.com",
        ),
        ({"addresses": "['gateway.example']"}, f"'gateway.example' is not an IPv4 address; {IPV4}"),
        ({"addresses": "['2001:db8::1']"}, f"'2001:db8::1' is not an IPv4 address; {IPV4}"),
        ({"addresses": "['203.0.113.05']"}, f"'203.0.113.05' is not an IPv4 address; {IPV4}"),
        ({"addresses": "['0.0.0.0']"}, f"'0.0.0.0' is no machine's address; {IPV4}"),
        ({"addresses": "['224.0.0.1']"}, f"'224.0.0.1' is no machine's address; {IPV4}"),
        ({"ttl_s": "59"}, "turn.ttl_s: 59 is too small; use 60 or more"),
        ({"ttl_s": "86401"}, "turn.ttl_s: 86401 is too large; use 86400 or less"),
        ({"udp_port": "79"}, f"turn.udp_port: 79 {PORT}"),
        ({"udp_port": "0"}, f"turn.udp_port: 0 {PORT}"),
        ({"tls_port": "1023"}, f"turn.tls_port: 1023 {PORT}"),
        ({"tcp_port": "65536"}, f"turn.tcp_port: 65536 {PORT}"),
        (
            {"udp_port": "53"},
            "turn.udp_port: 53 is a port to which browsers send no UDP but DNS; choose 3478, where "
            "TURN is at home, or 443",
        ),
        (
            {"relay": "'10.0.0.9:3479'"},
            "turn.relay: 10.0.0.9:3479 is on another machine: what goes there is in clear text, "
            "and whoever else reaches that port can pass for any client's address; run coturn here "
            "and write 127.0.0.1:3479; or let a firewall admit only this gateway there, and set "
            "relay_is_remote = true",
        ),
        (
            {"relay": "'127.0.0.1:8443'"},
            "turn.relay: 127.0.0.1:8443 is the port of the gateway's clients (127.0.0.1:8443); "
            "write coturn's tcp-proxy-port there, for example 127.0.0.1:3479",
        ),
        (
            {"relay": "'127.0.0.1'"},
            "turn.relay: '127.0.0.1' names no port; write address:port, coturn's tcp-proxy-port: "
            "127.0.0.1:3479",
        ),
        ({"relay": "'coturn:3479'"}, "is a name, and would be looked up each time"),
        ({"modes": "['auto', 'tcp']"}, "'tcp' is not known; choose 'auto', 'udp' or 'tls'"),
        ({"modes": "[]"}, "turn.modes: the list is empty"),
        (
            {"modes": "['tls']", "tls_port": "0"},
            "turn.modes: 'tls' may be asked for, and tls_port is 0; remove 'tls' from modes, or "
            "set tls_port = 443",
        ),
        ({"realm": "'a b'"}, "turn.realm: 'a b' cannot be a realm; use 1 to 127 letters"),
        ({"keys": ""}, WHOM),
        (
            {"keys": "", "allowed_origins": "['*']"},
            "turn.allowed_origins: '*' gives credentials to every page, and to whoever writes an "
            "Origin field; list your pages' origins; or remove it where there are keys (a page "
            "that has one may call from anywhere); or set open = true if everybody may relay here",
        ),
        ({"allowed_origins": "['*']"}, "turn.allowed_origins: '*' gives credentials to every page"),
        (
            {"open": "true"},
            "turn.open: everybody gets credentials, so that the keys keep nobody out; remove open, "
            "or the keys",
        ),
        ({"keys": f"['{KEY}', '{KEY}']"}, "turn.keys: one key is listed twice (number 2, those of"),
        ({"keys": f"['{KEY}!']"}, "turn.keys: a key of 17 characters is too short, too long"),
        ({"allowed_origins": "['app.example']"}, "'app.example' is not an origin"),
        (
            {"credentials_per_address": "'many'"},
            "turn.credentials_per_address: 'many' is not",
        ),
        ({"policy": "'open'"}, "'open' is not known; choose 'sfu' or 'deny-private'"),
        ({"secret_file": ""}, "turn.secret_file: nothing says where the secret is that the TURN"),
        ({"secret": f"'{SECRET}'"}, "turn.secret: unknown key; did you mean secret_file?"),
    ],
)
def test_what_cannot_work(file: Path, values: dict[str, str], problem: str) -> None:
    [found] = refused(file, turn(file, **values))
    assert problem in found
    assert "; " in found
    assert found.startswith("gateway.toml: turn.")


@pytest.mark.parametrize(
    "values",
    [
        {"name": "'203.0.113.5'", "tls_port": "0"},
        {"keys": "", "allowed_origins": "['https://app.example']"},
        {"keys": "", "open": "true"},
        {"keys": "", "open": "true", "allowed_origins": "['*']"},
        {"relay": "'10.0.0.9:3479'", "relay_is_remote": "true"},
        {"relay": "'127.0.0.1:3479'"},
        {"relay": "'[::1]:3479'"},
        {"modes": "['udp']", "tls_port": "0", "tcp_port": "80"},
        {"udp_port": "80", "tls_port": "5349"},
        {"addresses": "['203.0.113.5', '10.0.0.5']", "realm": "'media.example'"},
    ],
)
def test_what_can(file: Path, values: dict[str, str]) -> None:
    assert loaded(file, turn(file, **values)).turn is not None


def test_keys_that_everybody_can_read_are_noted(file: Path) -> None:
    keys = written(file.with_name("keys"), OTHER, 0o644)
    notes = [*remarks(loaded(file, turn(file, keys_file=f"'{keys}'")))]
    assert f"turn.keys_file: every user of this machine can read {keys}" in notes


def test_every_page_in_a_local_file_is_noted(file: Path) -> None:
    text = turn(file, keys="", allowed_origins="['file://']")
    assert any(
        note.startswith("turn.allowed_origins: file://") for note in remarks(loaded(file, text))
    )


def test_a_redis_may_count_credentials_alone(file: Path) -> None:
    redis = "\n[limits]\nrequest_rate_redis = 'redis://127.0.0.1:6379/0'"
    assert loaded(file, turn(file) + redis).limits.request_rate is None
    [found] = refused(file, redis)
    assert "has nothing to count" in found


def test_the_example_with_turn_is_valid(file: Path) -> None:
    example = (CONF / "examples" / "turn.toml").read_text()
    for name in ("turn-secret", "keys"):
        written(file.with_name(name), SECRET)
    written(file, example.replace("/etc/sigproxy/", f"{file.parent}/"))
    loaded = load(file, {})
    assert loaded.turn is not None
    assert loaded.turn.relay == "127.0.0.1:3479"
