"""Somebody's turnserver.conf: what it lacks, and what is dangerous in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.media.coturn.check import check, entries
from sigproxy.media.coturn.conf import conf, lines
from sigproxy.media.coturn.options import CoturnOptions
from tests.media.coturn.samples import EVERY, IPV6, OPTIONS, SECRETS, SFU

GOOD = conf(OPTIONS)


@pytest.mark.parametrize("options", EVERY)
def test_nothing_is_found_in_what_is_printed(options: CoturnOptions) -> None:
    assert list(check(conf(options), options)) == []


@pytest.mark.parametrize("options", EVERY)
def test_every_line_that_is_taken_away_is_named(options: CoturnOptions) -> None:
    text = conf(options).splitlines()
    wanted = {line.text: line for line in lines(options)}
    for index, line in enumerate(text):
        if line and not line.startswith("#"):
            found = list(check("\n".join(text[:index] + text[index + 1 :]), options))
            assert [each.where for each in found] == [wanted[line].name]
            assert wanted[line].without in found[0].what
            assert wanted[line].name in found[0].remedy


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("no-auth", "everybody relays"),
        ("oauth", "CVE-2026-43994"),
        ("user=a:b", "never expires"),
        ("lt-cred-mech", "never expire"),
        ("allow-loopback-peers", "every service on 127.0.0.1"),
        ("server-relay", "without permission"),
        ("cli-password=x", "telnet"),
        ("no-udp", "over UDP"),
        ("no-udp-relay", "nothing is relayed"),
        ("no-tcp", "closes the PROXY protocol port"),
        ("secure-stun", "get no answer"),
        ("relay-ip=2606:2800:220:1::5", "::ffff:127.0.0.1"),
        ("denied-peer-ip=::-::ffff", "takes it for every IPv4 address"),
        ("denied-peer-ip=::1-::ffff:ffff", "byte by byte"),
        ("denied-peer-ip=10.0.0.0/8", "coturn reads no range in it"),
        ("denied-peer-ip=10.0.0.9-10.0.0.1", "coturn reads no range in it"),
        ("allowed-peer-ip=10.1.2.3", "clients reach private networks, 10.0.0.0/8"),
        ("allowed-peer-ip=127.0.0.1", "clients reach loopback"),
        ("allowed-peer-ip fd00::1", "clients reach private networks, fc00::/7"),
        ("listening-ip=0.0.0.0", "open on this address"),
        ("static-auth-secret=old", "secret_file in [turn] has no such line"),
    ],
)
def test_a_dangerous_line_is_named_with_its_number(line: str, what: str) -> None:
    number = len(GOOD.splitlines()) + 1
    [found] = check(f"{GOOD}{line}\n", OPTIONS)
    assert found.where.startswith(f"line {number}, {line.split('=')[0].split(' ')[0]}")
    assert what in found.what
    assert found.remedy


@pytest.mark.parametrize("line", ["allowed-peer-ip=8.8.8.8", "allowed-peer-ip=2a00::5", "verbose"])
def test_what_does_no_harm_is_let_be(line: str) -> None:
    assert list(check(f"{GOOD}{line}\n", OPTIONS)) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("realm=realm.example", "realm=other", "realm=other"),
        ("user-quota=48", "user-quota=12", "user-quota=12"),
        ("user-quota=48", "user-quota=48 # enough", "user-quota=48 # enough"),
        ("max-bps=1250000", "max-bps=64000", "max-bps=64000"),
        ("tcp-proxy-port=3479", "tcp-proxy-port=3480", "tcp-proxy-port=3480"),
    ],
)
def test_another_value_is_named_with_its_line(old: str, new: str, where: str) -> None:
    [found] = check(GOOD.replace(f"{old}\n", f"{new}\n"), OPTIONS)
    assert found.where.endswith(f", {where}")
    assert found.remedy == f"write {old}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("user-quota=48", "user-quota=100"),
        ("min-port=49152", "min-port=50000"),
        ("log-file=stdout", "syslog"),
        ("fingerprint", "  fingerprint"),
        ("realm=realm.example", "realm realm.example"),
        ("denied-peer-ip=10.0.0.0-10.255.255.255", "denied-peer-ip=10.0.0.0-11.255.255.255"),
    ],
)
def test_what_does_the_same_is_as_good(old: str, new: str) -> None:
    assert list(check(GOOD.replace(f"{old}\n", f"{new}\n"), OPTIONS)) == []


def test_one_range_that_covers_all_will_do() -> None:
    text = GOOD + "denied-peer-ip=0.0.0.0-255.255.255.255\n"
    kept = [line for line in text.splitlines() if "10.0.0.0" not in line]
    assert list(check("\n".join(kept), OPTIONS)) == []


def test_a_secret_is_never_shown() -> None:
    for text in ("", GOOD.replace(SECRETS[0], "another-secret"), "user=a:b\ncli-password=b"):
        shown = "\n".join(map(str, check(text, OPTIONS)))
        assert not any(secret in shown for secret in (*SECRETS, "another-secret", "a:b"))


def test_an_ipv6_relay_that_is_wanted_is_right() -> None:
    assert next(each.where for each in check(GOOD, IPV6)) == "relay-ip=2606:2800:220:1::5"


def test_a_file_of_the_other_policy_lacks_the_vendors_ranges() -> None:
    found = [each.where for each in check(GOOD, SFU)]
    assert "allowed-peer-ip=20.202.0.0-20.202.255.255" in found
    assert "denied-peer-ip=0.0.0.0-255.255.255.255" in found


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    for entry in entries(text):
        assert entry.key is not None
    for found in check(text, OPTIONS):
        assert found.what
