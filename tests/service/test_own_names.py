"""By which names the status page may be asked for: no site on the web can read it (rebinding)."""

import pytest

from sigproxy.service.own_names import OwnNames
from tests.lab.client import Client
from tests.service.admin import Watched


@pytest.mark.parametrize(
    ("host", "is_admitted"),
    [
        ("127.0.0.1:9901", True),
        ("[::1]:9901", True),
        ("localhost:9901", True),
        ("me.localhost", True),
        ("gateway:9901", True),
        ("status.corp.example", True),
        ("evil.example:9901", False),
        ("corp.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example.", False),
        ("evil.example@127.0.0.1", False),
        ("", False),
        (None, True),
    ],
)
def test_a_name_that_others_can_own_is_refused(host: str | None, is_admitted: bool) -> None:
    assert OwnNames("127.0.0.1:9901", ["status.corp.example"]).admit(host) == is_admitted
    assert OwnNames("10.0.0.5:9901", []).admit(host)


async def test_only_the_status_is_refused_and_metrics_are_not(watched: Watched) -> None:
    await watched.running.start()
    expected = {"/-/status": 421, "/-/status.json": 421, "/-/status/events": 421, "/-/metrics": 200}
    for path, status in expected.items():
        client = await Client.open("127.0.0.1", watched.port)
        client.writer.write(f"GET {path} HTTP/1.1\r\nHost: evil.example:9901\r\n\r\n".encode())
        answer = await client.response()
        client.close()
        assert answer.status == status
        assert status == 200 or b"http://127.0.0.1:PORT/-/status" in answer.body
