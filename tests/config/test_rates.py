"""`request_rate`, and the URL of the Redis that counts it: refused unless `serve` can use it."""

import pytest
from limits import parse

from sigproxy.config import rates
from sigproxy.config.problem import Invalid
from sigproxy.gateway.admission.rate import RateLimit


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [
        ("20/second", 20, 1),
        ("600/minute", 600, 60),
        ("1000/5minutes", 1000, 300),
        ("5 per 2 Seconds", 5, 2),
        ("5 / minute", 5, 60),
        ("1/24 hours", 1, 86_400),
        ("10000000/day", 10_000_000, 86_400),
    ],
)
def test_rates(text: str, amount: int, seconds: int) -> None:
    item = parse(rates.rate(text))
    assert (item.amount, item.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1/0 second", "has a time of zero"),
        ("1/000minutes", "has a time of zero"),
        ("5/second;9/minute", "is more than one rate"),
        ("5/second, 9/minute", "is more than one rate"),
        ("5/second|9/minute", "is more than one rate"),
        ("10000001/day", "is more than 10000000 requests"),
        ("9" * 30 + "/second", "is not a rate"),
        ("0/minute", "is not a rate"),
        ("-5/second", "is not a rate"),
        ("+5/second", "is not a rate"),
        ("5 per 0.5 second", "is not a rate"),
        ("1e3/second", "is not a rate"),
        ("٥/second", "is not a rate"),
        ("5/٥ seconds", "is not a rate"),
        ("5/\u017fecond", "is not a rate"),  # the long s, which is an "s" to IGNORECASE
        ("5/second\n", "is not a rate"),
        ("5/second 6/second", "is not a rate"),
        ("5/month", "is not a rate"),
        ("1/25 hours", "is not a rate"),
        ("5/second;", "is more than one rate"),
        ("5", "is not a rate"),
        ("", "is not a rate"),
    ],
)
def test_no_rates(text: str, what: str) -> None:
    with pytest.raises(Invalid) as refused:
        rates.rate(text)
    assert what in refused.value.what
    assert refused.value.remedy


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1",
        "redis://127.0.0.1:6379/0",
        "redis://my_redis:6379/15",
        "redis://redis.example.com./3",
        "redis://[::1]:6379/0",
        "redis://user:p%40%2F%23@h/0",
        "redis://h?db=2&protocol=3&socket_timeout=1.5&max_connections=5&retry_on_timeout=yes",
        "rediss://h:6380/0?ssl_cert_reqs=none&ssl_check_hostname=false",
        "redis+unix:///run/redis.sock?db=1",
        "redis+unix://:pw@/run/redis.sock",
    ],
)
async def test_a_redis_that_serve_can_use(url: str) -> None:
    used = rates.redis_url(url)
    assert used.replace(":6379", "") == url.replace(":6379", "")
    await RateLimit("5/second", used).close()


def test_a_redis_without_a_port_has_the_usual_one() -> None:
    assert rates.redis_url("redis://:pw@h/2?protocol=3") == "redis://:pw@h:6379/2?protocol=3"
    assert rates.redis_url("redis://[::1]") == "redis://[::1]:6379"
    assert rates.redis_url("redis://h:") == "redis://h:6379"


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("redis://h:abc/0", "host or port cannot be read"),
        ("redis://h:65536", "host or port cannot be read"),
        ("redis://h:-1", "host or port cannot be read"),
        ("redis://h:0", "port is 0"),
        ("redis://[::1/0", "host or port cannot be read"),
        ("redis://[zz]", "host or port cannot be read"),
        ("redis://::1/0", "host or port cannot be read"),
        ("redis://h/xyz", "number of a database"),
        ("redis://h/-1", "number of a database"),
        ("redis://h/1/2", "number of a database"),
        ("redis://h/٣", "characters that no URL has"),
        ("redis://", "names no host"),
        ("redis:///0", "names no host"),
        ("redis://:pw@", "names no host"),
        ("redis://:pw@:6379/0", "names no host"),
        ("redis://1.2.3", "neither a name nor an address"),
        ("redis://1.2.3.999", "neither a name nor an address"),
        ("redis://a,b:1", "neither a name nor an address"),
        ("redis://a..b", "neither a name nor an address"),
        ("redis://h%41", "neither a name nor an address"),
        ("redis://:p w@h", "characters that no URL has"),
        ("redis://:p#w@h", "characters that no URL has"),
        ("redis://h\n", "characters that no URL has"),
        ("redis://hö", "characters that no URL has"),
        ("redis://h?timeout_s=1", "unknown parameter"),
        ("redis://h?host=other", "unknown parameter"),
        ("redis://h?connection_class=x", "unknown parameter"),
        ("redis://h?socket_timeout=nan", "socket_timeout has a wrong value"),
        ("redis://h?socket_timeout=-1", "socket_timeout has a wrong value"),
        ("redis://h?socket_timeout=0", "socket_timeout has a wrong value"),
        ("redis://h?socket_timeout=abc", "socket_timeout has a wrong value"),
        ("redis://h?socket_timeout=", "socket_timeout has a wrong value"),
        ("redis://h?db=x", "db has a wrong value"),
        ("redis://h?max_connections=0", "max_connections has a wrong value"),
        ("redis://h?ssl_cert_reqs=none", "redis-py cannot use"),
        ("rediss://h?ssl_cert_reqs=maybe", "ssl_cert_reqs has a wrong value"),
        ("redis+unix://run/redis.sock", "names no socket's path"),
        ("redis+unix:///", "names no socket's path"),
        ("unix:///run/redis.sock", "not the URL of a Redis"),
        ("REDIS://h", "not the URL of a Redis"),  # which the limits library takes for another
        ("valkey://h", "not the URL of a Redis"),
        ("http://h", "not the URL of a Redis"),
        ("h:6379", "not the URL of a Redis"),
        (" redis://h", "not the URL of a Redis"),
        ("", "not the URL of a Redis"),
    ],
)
def test_what_is_no_redis(url: str, what: str) -> None:
    with pytest.raises(Invalid) as refused:
        rates.redis_url(url)
    assert what in refused.value.what
    assert refused.value.remedy
