"""What must hold between settings: no open relay, no contradiction."""

from pathlib import Path

import pytest

from tests.config.loading import from_text, refused

DEFAULT_TARGETS = "*.com:* (route[0]), *.net:* (route[0])"

OPEN_REMEDY = (
    "list the vendor's hosts as targets, for example *.communication.microsoft.com, "
    "or set server.open_relay = true if everybody may use it"
)


@pytest.mark.parametrize("bind", ["0.0.0.0:8443", "[::]:8443", "192.0.2.1:80", "gw.example:443"])
def test_open_targets_on_a_public_listener_are_refused(file: Path, bind: str) -> None:
    file.write_text(f'[server]\nbind = ["127.0.0.1:1", "{bind}"]')
    assert refused(file) == [
        f"gateway.toml: server.bind: {bind} is reachable from other machines, and the targets "
        f"{DEFAULT_TARGETS} cover strangers' hosts: an open relay; {OPEN_REMEDY}"
    ]


@pytest.mark.parametrize("target", ["*", "*:8443", "*.com", "*.example:*"])
def test_each_open_target_is_named(file: Path, target: str) -> None:
    file.write_text(
        f'[[route]]\nprefix = "/a"\ntargets = ["*.a.com"]\n[[route]]\ntargets=["{target}"]'
    )
    [problem] = refused(file, {"SIGPROXY_SERVER__BIND": "0.0.0.0:8443"})
    assert problem.startswith("environment: SIGPROXY_SERVER__BIND: 0.0.0.0:8443 is reachable")
    assert f"the targets {target} (route[1]) cover" in problem


@pytest.mark.parametrize(
    "text",
    [
        'server = {bind = ["0.0.0.0:8443"], open_relay = true}',
        'server = {bind = ["0.0.0.0:8443"]}\n[[route]]\ntargets = ["*.example.com:*", "a.com"]',
        'server = {bind = ["127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/run/a"]}',
    ],
)
def test_no_open_relay(file: Path, text: str) -> None:
    assert from_text(file, text).server.bind


CONTRADICTIONS = {
    "server.private_key = 'k.pem'": "server.private_key: a private key without a certificate; "
    "set server.certificate too, or remove the key to serve plain HTTP",
    "server.bind = ['[::1]:1', 'localhost:1', '[::1]:1']": "server.bind: "
    "'[::1]:1' is listed twice; remove one",
    "route = [{}, {prefix = '/a'}, {prefix = '/'}]": "route[2].prefix: '/' is already the "
    "prefix of route[0]; give one of them another prefix, or merge the two",
    "server.proxy_protocol = true": "server.proxy_protocol: trusted_proxies is missing: it "
    "says whose PROXY protocol headers are trusted; list the balancer's own addresses, for example "
    'server.trusted_proxies = ["192.0.2.10"], or remove proxy_protocol',
    "server = {proxy_protocol = true, trusted_proxies = []}": "server.proxy_protocol: "
    "trusted_proxies is missing: it says whose PROXY protocol headers are trusted; list the "
    "balancer's own addresses, "
    'for example server.trusted_proxies = ["192.0.2.10"], or remove proxy_protocol',
    "limits.request_field_kib = 33": "limits.request_field_kib: request_field_kib (33 KiB) is "
    "larger than request_head_kib (32 KiB), which contains it; "
    "lower request_field_kib or raise request_head_kib",
    "limits.request_target_kib = 33": "limits.request_target_kib: request_target_kib (33 KiB) is "
    "larger than request_head_kib (32 KiB), which contains it; "
    "lower request_target_kib or raise request_head_kib",
    "limits.replay_body_kib = 16_385": "limits.replay_body_kib: replay_body_kib (16385 KiB) is "
    "larger than request_body_mib (16384 KiB), which contains it; "
    "lower replay_body_kib or raise request_body_mib",
    "limits.request_rate_redis = 'redis://127.0.0.1'": "limits.request_rate_redis: a Redis "
    'without a rate has nothing to count; set limits.request_rate, for example "600/minute", or '
    "remove the Redis",
}


@pytest.mark.parametrize("text", CONTRADICTIONS)
def test_contradiction(file: Path, text: str) -> None:
    file.write_text(text)
    assert refused(file) == [f"gateway.toml: {CONTRADICTIONS[text]}"]


def test_contradiction_is_reported_at_the_key_that_was_set(file: Path) -> None:
    file.write_text("limits.request_head_kib = 8")
    keys = {problem.split(": ")[1] for problem in refused(file)}
    assert keys == {"limits.request_head_kib"}
