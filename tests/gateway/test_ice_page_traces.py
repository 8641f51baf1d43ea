"""/-/ice leaves no trace: neither keys nor credentials are logged, forwarded or explained."""

from typing import Any

import pytest

from sigproxy.config import Settings
from sigproxy.config.keys import with_files
from sigproxy.tools.explain import explain
from tests.gateway.test_ice_page import ASKED, BEARER, credential, keyless
from tests.gateway.turn import KEY, OLD, OLD_SECRET, SECRET
from tests.lab.lab import Lab
from tests.lab.logged import Log

FORMATS = pytest.mark.parametrize("form", ["combined", "json"])


@FORMATS
@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (ASKED, ()),
        (b"/-/ice?sdk=webrtc", (BEARER,)),
        (b"/-/ice/old-key-of-2025?sdk=webrtc", ()),
        (b"/-/ice?sdk=webrtc", (b"Authorization: Bearer old-key-of-2025",)),
        (b"//-/ice//5d41402abc4b2a76/?sdk=other&key=5d41402abc4b2a76", ()),
        (b"/-/ice/5d41402abc4b2a76/5d41402abc4b2a76", ()),
        (b"/-/ice/old-key-of-2025/more", ()),
        (b"/-/ice?sdk=5d41402abc4b2a76", (BEARER,)),
        (b"/-/ice/5d41402abc4b2a76?sdk=webrtc&mode=5d41402abc4b2a76", ()),
        (b"/-/ice%2fold-key-of-2025", ()),
        (b"/-/ICE/5d41402abc4b2a76", ()),
        (b"/localhost/-/ice/5d41402abc4b2a76?sdk=webrtc", ()),
        (b"/-/live", ()),
        (b"/up.example.org/5d41402abc4b2a76", ()),
    ],
)
async def test_neither_key_nor_credential_is_logged(
    lab: Lab,
    log: Log,
    turn: dict[str, Any],
    form: str,
    target: bytes,
    fields: tuple[bytes, ...],
    capfd: pytest.CaptureFixture[str],
) -> None:
    access_log = {"format": form, "health_checks": True}
    gateway = await lab.gateway(observed=False, turn=turn, access_log=access_log)
    client = await lab.client(gateway)
    referer = b"Referer: https://localhost/-/ice/5d41402abc4b2a76?x"

    answer = await client.get(target, referer, b"User-Agent: " + KEY.encode(), *fields)

    written = await log.of(1) + capfd.readouterr().err
    for each in (KEY, OLD, SECRET, OLD_SECRET):
        assert each not in written
    assert "https://localhost/-/ice/-" in written
    if answer.status == 200 and b"/-/ice" in target:
        for part in (*credential(answer), credential(answer)[0].partition(":")[2]):
            assert part not in written


@FORMATS
@pytest.mark.parametrize("has_turn", [True, False])
async def test_an_old_key_is_not_logged_where_there_are_none_now(
    lab: Lab,
    log: Log,
    turn: dict[str, Any],
    form: str,
    has_turn: bool,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tables: dict[str, Any] = {"turn": keyless(turn, open=True)} if has_turn else {}
    gateway = await lab.gateway(observed=False, access_log={"format": form}, **tables)
    client = await lab.client(gateway)

    spelled = [
        *(
            b"/-/ice/%b?sdk=webrtc",
            b"/-/ice/%b/more",
            b"//-//ice//%b//",
            b"/-/ICE/%b",
            b"/-/ice%%2f%b",
        ),
        *(b"/-%%2fice%%2f%b", b"/a/-/ice/%b", b"/localhost/-/ice/%b", b"/-/icee/%b", b"/ice/%b"),
        *(b"https://localhost/-/ice/%b", b"https://other.example/-/ice/%b", b"/-/ice?%b"),
        *(b"/-/ice/%b?sdk=webrtc&%b=1", b"/up.example.com/-/ice/%b"),
    ]
    for each in spelled:
        await client.get(each.replace(b"%b", OLD.encode()).replace(b"%%", b"%"))
    client.send(b"TRACE /-/ice/old-key-of-2025 HTTP/1.1\r\nHost: localhost\r\n\r\n")

    written = await log.of(len(spelled) + 1)
    assert OLD not in written + capfd.readouterr().err
    assert "/-/ice/-" in written


async def test_an_upstream_never_sees_a_key_of_turn(lab: Lab, turn: dict[str, Any]) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(turn=turn))

    answer = await client.get(
        upstream.at("/x"), b"Referer: https://localhost/-/ice/5d41402abc4b2a76", b"X-A: b"
    )

    assert answer.status == 200
    [request] = upstream.requests
    assert KEY.encode() not in request.raw_head
    assert (await client.get(upstream.at("/" + KEY))).error == "key_refused"


def explained(turn: dict[str, Any], target: str, *fields: str) -> str:
    settings, problems = with_files(Settings.model_validate({"turn": turn}))
    assert problems == []
    lines, _ = explain(settings, "GET", target, fields)
    return "\n".join(lines)


def test_explain_says_what_would_be_issued_and_shows_nothing(turn: dict[str, Any]) -> None:
    said = [
        explained(turn, ASKED.decode()),
        explained(turn, "/-/ice/-?sdk=webrtc"),
        explained(turn, "https://gw.example/-/ice?sdk=webrtc", f"Authorization: Bearer {KEY}"),
    ]
    for text in said:
        assert "verdict    a TURN credential for webrtc, mode auto, answered here with 200" in text
        for each in (KEY, SECRET, "username", "specimen"):
            assert each not in text
    assert "request    GET /-/ice/-?sdk=webrtc" in said[0]
    assert "refused with 400 mode_refused" in explained(turn, "/-/ice/-?sdk=acs-ios&mode=tls")
    refused = explained(turn, f"/-/ice/{OLD}?sdk=webrtc")
    assert "refused with 403 key_refused" in refused
    assert OLD not in refused
