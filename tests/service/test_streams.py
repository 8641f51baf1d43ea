"""What is said on standard error shows no access key and no password, and nobody waits for it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sigproxy.config import Settings
from sigproxy.service import streams
from sigproxy.telemetry.error_stream import ErrorStream
from tests.lab.wire import WAIT_S

KEY = "AbCdEf1234567890xyzQ"


@contextmanager
def taken_over() -> Iterator[ErrorStream]:
    """Take standard error over, within one test: pytest puts its own back between two steps."""
    before = sys.stderr
    try:
        streams.take_over()
        stream = sys.stderr
        assert isinstance(stream, ErrorStream)
        yield stream
        assert stream._spool.settle(WAIT_S)
        stream._spool.close()
    finally:
        sys.stderr = before


def test_no_key_and_no_password_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    route = {"prefix": "/acs", "targets": ["*.example.com"], "keys": [KEY]}
    with taken_over():
        streams.hide_keys_of(Settings.model_validate({"route": [route]}))
        print(f"{KEY.lower()} of redis://:hunter/2@x@127.0.0.1:abc/0", file=sys.stderr)
    assert capfd.readouterr().err == "- of redis://-@127.0.0.1:abc/0\n"


REDIS = {
    "redis://app:Sw0rd%2Ffish@redis.example:6379/0": "Sw0rd/fish",
    "redis://:swordfish@redis.example:6379/0?protocol=3": "swordfish",
    "redis://swordfish@redis.example:6379/0": "swordfish",
    "redis://redis.example:6379/0?username=app&password=Sw0rd%20fish": "Sw0rd fish",
    "redis+unix:///run/redis?password=swordfish": "swordfish",
}


@pytest.mark.parametrize("url", REDIS)
def test_a_server_that_repeats_the_password_is_not_quoted(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Redis 5, of HELLO; a sentinel, of AUTH."""
    said = "unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `app`, `%s`, "
    with taken_over():
        limits = {"request_rate": "9/second", "request_rate_redis": url}
        streams.hide_keys_of(Settings.model_validate({"limits": limits}))
        print(said % REDIS[url], file=sys.stderr)
    assert capfd.readouterr().err == said % "***" + "\n"


def test_handlers_that_wrote_to_standard_error_follow() -> None:
    """Where gunicorn was started by itself, its handlers are older than we are."""
    handler, logger = logging.StreamHandler(sys.stderr), logging.getLogger("gunicorn.error")
    logger.addHandler(handler)
    try:
        with taken_over() as stream:
            assert handler.stream is stream
    finally:
        logger.removeHandler(handler)


def test_it_is_taken_over_once() -> None:
    with taken_over() as stream:
        streams.take_over()
        assert sys.stderr is stream
