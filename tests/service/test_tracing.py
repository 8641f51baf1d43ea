"""[tracing] in a service: spans reach a collector, or are counted and said; without it, nothing."""

import signal
import sys

import pytest

from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import response
from tests.service.admin import SERVED, Make, Watched
from tests.service.process import CHECK, free_port, ran

QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "50"}  # ms between two batches; OpenTelemetry's own is 5 s
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"
PARENT = f"traceparent: 00-{TRACE}-{SPAN}-01".encode()
MODULES = "import sys; print([name for name in sys.modules if 'opentelemetry' in name])"


def tracing(url: str, **more: object) -> dict[str, object]:
    return {"endpoint": url, "sample": 1.0, "service_name": "gw-7", **more}


async def test_spans_reach_the_collector(lab: Lab, service: Make) -> None:
    pytest.importorskip("opentelemetry.sdk", reason='pip install "sigproxy[otel]"')
    from tests.service.collector import collector

    upstream = await lab.upstream(answering(response(503, b"busy")))
    async with collector() as taking:
        watched = Watched(service(tracing=tracing(taking.url, propagate=True)))
        await watched.running.start(environ=QUICK)
        client = await watched.running.client()
        await client.get(upstream.at("/calls?token=planted"), PARENT)
        await client.get(b"/nothing")
        await watched.shows(**{'spans_total{result="exported"}': 2})

        assert taking.services == {"gw-7"}
        assert taking.paths == {b"/v1/traces"}
        busy, nothing = sorted(taking.spans, key=lambda each: each.start_time_unix_nano)
        assert (busy.trace_id.hex(), busy.parent_span_id.hex()) == (TRACE, SPAN)
        assert busy.name == "GET /"
        attributes = {each.key: each.value for each in busy.attributes}
        assert attributes["http.response.status_code"].int_value == 503
        assert attributes["sigproxy.upstream"].string_value == f"up.example.com:{upstream.port}"
        assert attributes["url.query"].string_value == "token=-"
        errors = {each.key: each.value.string_value for each in nothing.attributes}
        assert errors["error.type"] == "no_route"
        [sent] = [
            value for name, value in upstream.requests[0].fields if name.lower() == b"traceparent"
        ]
        assert sent.decode() == f"00-{TRACE}-{busy.span_id.hex()}-01"


async def test_the_last_spans_come_before_the_end(lab: Lab, service: Make) -> None:
    pytest.importorskip("opentelemetry.sdk", reason='pip install "sigproxy[otel]"')
    from tests.service.collector import collector

    async with collector() as taking:
        running = service(tracing=tracing(taking.url))
        await running.start()  # at OpenTelemetry's own pace
        client = await running.client()
        await client.get(b"/nothing")
        running.signal(signal.SIGTERM)
        assert await running.ended() == 0
        assert [each.name for each in taking.spans] == ["GET /"]


@pytest.mark.parametrize("status", [400, None], ids=["refuses", "is not there"])
async def test_a_collector_that_fails_is_counted_and_said_and_costs_no_request(
    lab: Lab, service: Make, status: int | None
) -> None:
    pytest.importorskip("opentelemetry.sdk", reason='pip install "sigproxy[otel]"')
    from tests.service.collector import collector

    upstream = await lab.upstream()
    async with collector(status or 200) as taking:
        url = taking.url if status else f"http://127.0.0.1:{free_port()}"
        watched = Watched(service(tracing=tracing(url)))
        timeout = {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "1"}
        await watched.running.start(environ=QUICK | timeout)
        await watched.get(upstream.at("/"), 20)
        await watched.shows(**{SERVED: 20, 'spans_total{result="failed"}': 20})
        await watched.running.says("did not reach the collector at")
        assert f"{url}/v1/traces" in watched.running.said
        assert "tracing.endpoint" in watched.running.said
        assert "Traceback" not in watched.running.said
        assert "opentelemetry" not in watched.running.said


async def test_without_an_endpoint_nothing_of_it_is_imported(
    lab: Lab, service: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    running = service(tracing={"sample": 1.0})
    lines = (
        "from pathlib import Path",
        "from sigproxy.config import load",
        "from sigproxy.runner import Runner",
        "from sigproxy.assembly.gateway import build_observers",
        f"settings = load(Path({str(running.config)!r}), {{}})",
        "build_observers(settings), Runner(settings)",
        MODULES,
    )
    assert await ran((sys.executable, "-c", "\n".join(lines))) == (0, "[]\n", "")


async def test_check_says_what_is_missing(service: Make) -> None:
    running = service(tracing=tracing("http://127.0.0.1:4318"))
    hidden = ("import sys; sys.modules['opentelemetry'] = None", "from sigproxy.cli import main")
    command = (sys.executable, "-c", "\n".join((*hidden, "main()")), *CHECK[3:])
    code, _, said = await ran((*command, str(running.config)))
    assert code == 1
    assert "tracing.endpoint: OpenTelemetry is not installed" in said
    assert "opentelemetry-sdk" in said
