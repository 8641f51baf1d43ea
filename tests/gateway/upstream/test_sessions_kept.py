"""Which TLS sessions are kept, which are offered, and how seldom they are looked at."""

import math
import ssl
from dataclasses import dataclass

import pytest

from sigproxy.gateway.upstream import sessions
from sigproxy.gateway.upstream.sessions import OFFERED_FOR_S, RENEWED_AFTER_S, Known, Sessions
from sigproxy.gateway.upstream.tls import client_context
from tests.lab.lab import NAME


def test_the_context_is_the_default_one_otherwise() -> None:
    default = ssl.create_default_context()
    ours = client_context(None, None)
    default.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an issuing authority is an anchor
    for name in ("check_hostname", "verify_mode", "verify_flags", "options", "maximum_version"):
        assert getattr(ours, name) == getattr(default, name)
    assert ours.get_ca_certs() == default.get_ca_certs()


@pytest.fixture(autouse=True)
def five_minutes_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "monotonic", lambda: RENEWED_AFTER_S)


@dataclass
class Session:
    id: bytes = b"1"


class Connected:
    """A connection that counts how often its session is looked at."""

    def __init__(self, session: Session | None, reused: bool = False) -> None:
        self._session = session
        self.session_reused = reused
        self.looks = 0

    @property
    def session(self) -> Session | None:
        self.looks += 1
        return self._session


@pytest.mark.parametrize(
    ("age_s", "offered"), [(0.0, True), (OFFERED_FOR_S - 1, True), (OFFERED_FOR_S, False)]
)
def test_a_session_is_offered_for_an_hour(age_s: float, offered: bool) -> None:
    assert Known(None, 100.0).is_offered(100.0 + age_s) is offered


@pytest.mark.parametrize(
    ("age_s", "due"), [(-1.0, False), (RENEWED_AFTER_S - 1, False), (RENEWED_AFTER_S, True)]
)
def test_a_session_is_due_after_some_minutes(age_s: float, due: bool) -> None:
    assert Known(None, 100.0).is_due(100.0 + age_s) is due


@pytest.mark.parametrize("session", [Session(), Session(b""), None])
def test_a_host_is_looked_at_once_in_some_minutes(session: Session | None) -> None:
    """Also one that gives no session."""
    known = Sessions()
    connected = Connected(session)
    for now_s in (0.0, 1.0, RENEWED_AFTER_S - 1):
        known.learn(NAME, connected, now_s)  # type: ignore[arg-type]
    assert connected.looks == 1
    assert known.offer(NAME) is (session if session and session.id else None)


def test_what_was_resumed_is_not_looked_at() -> None:
    known = Sessions()
    resumed = Connected(Session(), reused=True)
    known.learn(NAME, resumed, 0.0)  # type: ignore[arg-type]
    assert resumed.looks == 0
    assert known.offer(NAME) is None


def test_a_python_that_loses_memory_looks_so_often_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_LOOKS", 10)
    known = Sessions()
    connected = Connected(Session())
    for number in range(100):
        known.learn(f"{number}.example.com", connected, 0.0)  # type: ignore[arg-type]
    assert connected.looks == 10


def test_the_oldest_hosts_make_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_HOSTS", 2)
    monkeypatch.setattr(sessions, "MOST_LOOKS", math.inf)
    known = Sessions()
    for now_s, host in ((0.0, "a"), (1.0, "b"), (RENEWED_AFTER_S, "a"), (RENEWED_AFTER_S, "c")):
        known.learn(host, Connected(Session()), now_s)  # type: ignore[arg-type]
    assert [bool(known.offer(host)) for host in "abc"] == [True, False, True]


def test_what_is_forgotten_is_not_looked_at_at_once() -> None:
    known = Sessions()
    connected = Connected(Session())
    known.learn(NAME, connected, 0.0)  # type: ignore[arg-type]
    known.forget(NAME)
    known.learn(NAME, connected, 1.0)  # type: ignore[arg-type]
    assert known.offer(NAME) is None
    assert connected.looks == 1
