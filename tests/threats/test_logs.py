"""What a client writes into the logs: nothing that it chose to look like a line, and no secret."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab.frames import close, echo_frames, handshake, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.lab.upstream import answering
from tests.lab.wire import response

SECRET = b"do-not-log-me"


def written(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


async def lines(log: Path, count: int) -> list[str]:
    await until(lambda: len(written(log)) >= count)
    return written(log)


@pytest.mark.parametrize("form", ["combined", "json"])
async def test_30_log_injection(lab: Lab, tmp_path: Path, form: str) -> None:
    log = tmp_path / "access.log"
    upstream = await lab.upstream()
    gateway = await lab.gateway(observed=False, access_log={"path": str(log), "format": form})
    client = await lab.client(gateway)
    agent = b'a"b\t\xff\\" 200 event=request'

    await client.get(upstream.at('/"x\\n"?a=b'), b"User-Agent: " + agent, b'Referer: "\\x')
    await client.get(b"/nothing", b"User-Agent: " + b"a" * 15_000)
    await client.get(b"/nothing", b"User-Agent: \x1b[2J")  # to an operator's terminal: no request

    first, second, third = await lines(log, 3)  # and no fourth, whatever the client wrote
    assert all(" " <= char <= "~" for char in first + second + third)
    if form == "json":
        assert json.loads(first)["user_agent"] == agent.decode("latin-1")
    else:
        assert '"a\\x22b\\x09\\xFF\\x5C\\x22 200 event=request"' in first
        assert first.count('"') == 6  # the three quoted values of the combined format
    assert len(second) < 3000


@pytest.mark.parametrize("form", ["combined", "json"])
async def test_31_secrets_in_logs(
    lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture, form: str
) -> None:
    log = tmp_path / "access.log"
    sets = response(200, SECRET, b"Set-Cookie: s=" + SECRET, b"X-Token: " + SECRET)
    upstream = await lab.upstream(answering(sets))
    websockets = await lab.upstream(upgraded(echo_frames))
    settings: dict[str, Any] = {"path": str(log), "format": form}
    gateway = await lab.gateway(observed=False, access_log=settings)
    secrets = (
        b"Authorization: Bearer " + SECRET,
        b"Cookie: s=" + SECRET,
        b"Proxy-Authorization: Basic " + SECRET,
        b"X-Api-Key: " + SECRET,
        b"Referer: https://user:%b@app.example/page?key=%b#%b" % (SECRET, SECRET, SECRET),
    )
    query = f"?token={SECRET.decode()}&{SECRET.decode()}&sig=%20{SECRET.decode()}"
    targets = (
        upstream.at("/ok" + query),
        b"/" + SECRET + b"@up.example.com/",
        b"/nobody.example.org/x" + query.encode(),
        b"/nx.example.com/x" + query.encode(),
        b"/localhost" * 5 + upstream.at(query),
        b"/nothing#" + SECRET,
    )
    for target in targets:
        await (await lab.client(gateway)).get(target, *secrets)
    client = await lab.client(gateway)
    protocol = b"Sec-WebSocket-Protocol: " + SECRET
    answer = await handshake(client, websockets.at("/ws" + query), protocol, *secrets)
    assert answer.status == 101
    client.send(close(1000, SECRET, masked=True))
    await read_frame(client)
    garbage = await lab.client(gateway)
    garbage.send(b"GET /up.example.com/" + query.encode() + b" x HTTP/1.1\r\n\r\n")
    await garbage.response()

    told = await lines(log, len(targets) + 3)
    assert len(told) == len(targets) + 3
    assert SECRET.decode() not in "\n".join(told) + caplog.text
