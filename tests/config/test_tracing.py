"""[tracing]: where spans go, and what has to be installed for that."""

from pathlib import Path

import pytest

from sigproxy.config import ConfigError, preflight, tracing
from tests.config.loading import from_text


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
        ("https://collector.example/", "https://collector.example/v1/traces"),
        ("http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"),
        ("https://vendor.example/otlp/v1/traces", "https://vendor.example/otlp/v1/traces"),
    ],
)
def test_where_spans_go(file: Path, given: str, meant: str) -> None:
    settings = from_text(file, f'[tracing]\nendpoint = "{given}"\n')
    assert settings.tracing.endpoint == meant
    assert settings.tracing.sample == 0.01


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("127.0.0.1:4318", "is not a URL of http:// or https://"),
        ("grpc://127.0.0.1:4317", "is not a URL of http:// or https://"),
        ("http://", "is not a URL of http:// or https://"),
        ("http://collector:99999", "is not a URL"),
        ("http://collector:0", "is not a URL of http:// or https://"),
        ("http://collector/a?b=c", "has more than host, port and path"),
        ("http://collector /", "has more than host, port and path"),
    ],
)
def test_what_is_no_collector(file: Path, given: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_text(file, f'[tracing]\nendpoint = "{given}"\n')
    [problem] = error.value.problems
    assert said in str(problem)
    assert "http://127.0.0.1:4318" in str(problem)


def test_a_password_is_not_shown(file: Path) -> None:
    with pytest.raises(ConfigError) as error:
        from_text(file, '[tracing]\nendpoint = "https://me:hunter2@collector.example"\n')
    [problem] = map(str, error.value.problems)
    assert "OTEL_EXPORTER_OTLP_TRACES_HEADERS" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("share", ["-0.01", "1.01", "nan", "true", '"1 %"'])
def test_a_share_is_from_0_to_1(file: Path, share: str) -> None:
    with pytest.raises(ConfigError, match=r"tracing\.sample"):
        from_text(file, f"[tracing]\nsample = {share}\n")


def test_what_is_missing_is_said_with_how_to_install_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_NEEDED", ("opentelemetry_that_nobody_has.sdk",))
    settings = from_text(file, '[tracing]\nendpoint = "http://127.0.0.1:4318"\n')
    [problem] = map(str, preflight(settings, bind=False))
    assert "tracing.endpoint: OpenTelemetry is not installed" in problem
    assert "opentelemetry-sdk" in problem
    without = from_text(file, "[tracing]\nsample = 0.5\n")
    assert preflight(without, bind=False) == ()
