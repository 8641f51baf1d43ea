"""What works, but may be a mistake."""

import datetime
import json
import resource
from pathlib import Path

import pytest
import trustme

from sigproxy.config import load, preflight, remarks

ROUTE = '[{"targets": ["api.example.com"]}]'
ONE = {"server__workers": 1}


def noted(**variables: object) -> list[str]:
    """Return the notes, of settings without an error."""
    given = {"route": ROUTE} | variables
    environ = {f"SIGPROXY_{name.upper()}": str(text) for name, text in given.items()}
    settings = load(None, environ)
    assert preflight(settings, bind=False) == ()
    return list(remarks(settings))


def pair(folder: Path, *names: str, days: float = 90.0) -> dict[str, object]:
    """Write a certificate and its key; return the settings that name them."""
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    leaf = trustme.CA().issue_cert(*names or ("gw.example",), not_after=ends)
    certificate, key = folder / "cert.pem", folder / "key.pem"
    leaf.cert_chain_pems[0].write_to_path(certificate)
    leaf.private_key_pem.write_to_path(key)
    key.chmod(0o640)
    return {"server__certificate": certificate, "server__private_key": key}


@pytest.mark.parametrize(
    ("bind", "addresses"),
    [
        ("0.0.0.0:8443", "0.0.0.0:8443"),
        ("127.0.0.1:1,192.0.2.1:80,[::]:80", "192.0.2.1:80, [::]:80"),
    ],
)
def test_plain_http_for_other_machines(bind: str, addresses: str, tmp_path: Path) -> None:
    assert noted(server__bind=bind) == [
        f"server.certificate: without it {addresses} is plain HTTP for other machines, and SDKs "
        "use only https://; set certificate and private_key, or, behind a TLS terminator, list "
        "that in server.trusted_proxies"
    ]
    assert noted(server__bind=bind, server__trusted_proxies="192.0.2.7") == []
    assert noted(server__bind=bind, **pair(tmp_path)) == []


@pytest.mark.parametrize("bind", ["127.0.0.1:8443", "[::1]:80", "unix:/run/sigproxy.sock"])
def test_plain_http_on_this_machine(bind: str) -> None:
    assert noted(server__bind=bind) == []


@pytest.mark.parametrize(
    ("days", "left"), [(0.1, "2 hour(s)"), (2.1, "2 day(s)"), (13.9, "13 day(s)")]
)
def test_a_certificate_that_ends_soon(tmp_path: Path, days: float, left: str) -> None:
    [note] = noted(**pair(tmp_path, days=days))
    assert note.startswith(f"server.certificate: {tmp_path}/cert.pem is valid for {left} more, un")
    assert note.endswith(" UTC; renew it (a renewed one is used without a reload)")
    assert noted(**pair(tmp_path, days=14.1)) == []


@pytest.mark.parametrize(
    ("public_names", "missing"),
    [
        ("gw.example", ""),
        ("GW.example:8443", ""),
        ("a.calls.example", ""),
        ("192.0.2.9,[2001:db8::9]:443", ""),
        ("other.example", "other.example"),
        ("gw.example,other.example:8443,other.example", "other.example"),
        ("a.b.calls.example,calls.example", "a.b.calls.example, calls.example"),
        ("192.0.2.8", "192.0.2.8"),
    ],
)
def test_a_certificate_for_other_names(tmp_path: Path, public_names: str, missing: str) -> None:
    files = pair(tmp_path, "gw.example", "*.calls.example", "192.0.2.9", "2001:db8::9")
    notes = noted(server__public_names=public_names, **files)
    assert notes == [
        f"server.certificate: {tmp_path}/cert.pem is not for {missing}, so that clients refuse it "
        "there; get one for every name in server.public_names, or remove the name"
    ] * bool(missing)


@pytest.mark.parametrize("names", [("*.gw.test", "*.edge.gw.test"), ("*.gw.test",), ("gw.test",)])
def test_a_certificate_that_lacks_hosts_of_a_route(tmp_path: Path, names: tuple[str, ...]) -> None:
    hosts = {"api": "api.vendor.example", "*.edge": "{}.vendor.example"}
    route = [{"dialect": "host", "host": "*.gw.test", "hosts": hosts}]
    notes = noted(route=json.dumps(route), **pair(tmp_path, *names))
    missing = {"gw.test": "api.gw.test, any.edge.gw.test", "*.gw.test": "any.edge.gw.test"}
    assert [note for note in notes if "host dialect" in note] == [
        f"server.certificate: {tmp_path}/cert.pem is not for {missing[names[0]]}, of a route with "
        "the host dialect; get one for that route's host too (a wildcard covers one label)"
    ] * (len(names) == 1)


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    files = pair(tmp_path)
    (tmp_path / "key.pem").chmod(0o644)
    remedy = "chmod 640 it, and replace certificate and key if others had a login"
    assert noted(**files) == [
        "server.private_key: every user of this machine can read the private key in "
        f"{tmp_path}/key.pem; {remedy}"
    ]
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "cert.pem").read_bytes() + (tmp_path / "key.pem").read_bytes())
    both.chmod(0o604)
    [note] = noted(server__certificate=both)
    assert note.startswith("server.certificate: every user of this machine can read the private")


def test_more_websockets_than_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 20_000))
    [note] = noted(limits__websockets=1_000_000, **ONE)
    assert note == (
        "limits.websockets: a worker may open 20000 files, which is enough for 9744 WebSockets and "
        "not for 1000000; allow more files (LimitNOFILE= in the unit, ulimit -Hn in a shell), or "
        "choose a lower number"
    )
    assert noted(limits__websockets=9744, **ONE) == []
    unlimited = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda _: (unlimited, unlimited))
    assert noted(limits__websockets=1_000_000, **ONE) == []


def test_a_rate_that_each_worker_counts() -> None:
    [note] = noted(limits__request_rate="60/minute", server__workers=4)
    assert note == (
        "limits.request_rate: each of the 4 workers counts by itself, so that one client address "
        "may make up to 4 x 60/minute; count in a Redis (limits.request_rate_redis), or set "
        "server.workers = 1"
    )
    assert noted(limits__request_rate="60/minute", **ONE) == []
    redis = {"limits__request_rate_redis": "redis://127.0.0.1/0"}
    assert noted(limits__request_rate="60/minute", server__workers=4, **redis) == []


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("connections", "in all"),
        ("connections_per_address", "for one client address"),
        ("websockets", "in all"),
        ("websockets_per_address", "for one client address"),
    ],
)
def test_a_number_that_each_worker_allows(name: str, whose: str) -> None:
    [note] = noted(**{f"limits__{name}": 1001, "server__workers": 3})
    assert note == (
        f"limits.{name}: each of the 3 workers counts by itself, so that there may be up to "
        f"3 x 1001 = 3003 {whose}"
    )
    assert noted(**{f"limits__{name}": 1001}, **ONE) == []
    assert noted(server__workers=3) == []
