"""Check a request rate, and the URL of the Redis that counts requests."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from limits import parse as parse_rate
from limits.errors import ConfigurationError

from sigproxy.config.masking import quoted
from sigproxy.config.problem import Invalid
from sigproxy.missing import remedy

PACKAGES = ("redis>=6,<8",)  # the extra
DAY_S = 24 * 3600
MOST_REQUESTS = 10_000_000
REDIS_PORT = 6379

_RATE = re.compile(
    r" *([0-9]{1,9}) *(?:/| per ) *([0-9]{0,9}) *(second|minute|hour|day)s? *", re.I | re.A
)
_RATE_REMEDY = 'write a number, "/", and a time of a day or less: "20/second", "600/minute"'
_REDIS_REMEDY = "write redis://host:6379/0, rediss://host:6380/0 or redis+unix:///path/to/socket"
_SOCKET = "redis+unix"
_SCHEME = re.compile(r"(redis|rediss|redis\+unix)://")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?\Z")
_DATABASE = re.compile(r"/?|/[0-9]{1,5}")
# The parameters that a URL may have, and their form; redis-py expects objects for other ones.
_NUMBER = re.compile(r"[0-9]{1,5}")
_SECONDS = re.compile(r"(?=[0-9.]*[1-9])[0-9]{1,5}(?:\.[0-9]{1,6})?")
_SWITCH = re.compile(r"true|false|yes|no|0|1", re.I)
_TEXT = re.compile(r".+", re.S)
_PARAMETERS: Mapping[str, re.Pattern[str]] = {
    "db": _NUMBER,
    "protocol": re.compile(r"[23]"),
    "max_connections": re.compile(r"[1-9][0-9]{0,4}"),
    "health_check_interval": _NUMBER,
    "socket_timeout": _SECONDS,
    "socket_connect_timeout": _SECONDS,
    "socket_keepalive": _SWITCH,
    "retry_on_timeout": _SWITCH,
    "client_name": _TEXT,
    "username": _TEXT,
    "password": _TEXT,
    "ssl_check_hostname": _SWITCH,
    "ssl_cert_reqs": re.compile(r"none|optional|required"),
    "ssl_keyfile": _TEXT,
    "ssl_certfile": _TEXT,
    "ssl_password": _TEXT,
    "ssl_ca_certs": _TEXT,
    "ssl_ca_path": _TEXT,
}


def rate(text: str) -> str:
    match = _RATE.fullmatch(text)
    if match is None:
        if re.search("[,;|]", text):
            raise Invalid(f"{quoted(text)} is more than one rate", "choose one; only one is used")
        raise Invalid(f"{quoted(text)} is not a rate", _RATE_REMEDY)
    if match[2] and int(match[2]) == 0:
        raise Invalid(f"{quoted(text)} has a time of zero", _RATE_REMEDY)
    item = parse_rate(text)  # as `serve` does
    if item.amount < 1 or item.get_expiry() > DAY_S:
        raise Invalid(f"{quoted(text)} is not a rate", _RATE_REMEDY)
    if item.amount > MOST_REQUESTS:
        raise Invalid(
            f"{quoted(text)} is more than {MOST_REQUESTS} requests, which limits nobody",
            "choose a lower number, or remove it",
        )
    return text


def redis_url(text: str) -> str:
    """Return *text* in the form for `serve`. No message repeats it: it may have a password."""
    if not _SCHEME.match(text):
        raise Invalid("this is not the URL of a Redis", _REDIS_REMEDY)
    if not text.isascii() or not text.isprintable() or " " in text or "#" in text:
        raise Invalid(
            "the URL has characters that no URL has",
            "write '#', spaces and other characters than ASCII as %XX, in a password too",
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Invalid(
            "the URL's host or port cannot be read",
            "write IPv6 addresses in brackets and a port from 1 to 65535; in a password write "
            "'/', '?', '[', ']' and '@' as %XX",
        ) from None
    if port == 0:
        raise Invalid("the URL's port is 0", "write a port from 1 to 65535, or none for 6379")
    _check_place(parts)
    _check_parameters(parts.query)
    url = _with_port(text, parts)
    _try_connection(url)
    return url


def passwords(url: str) -> frozenset[str]:
    """Return the passwords in *url*, as it has them and as they are sent.

    A server that does not know a command repeats it: one that is no Redis, a sentinel, or an old
    Redis that is asked for ``protocol=3``.
    """
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    written = parts.password or parts.username or ""
    found = {written, unquote(written), given.get("password", ""), given.get("ssl_password", "")}
    return frozenset(found - {""})


def _check_place(parts: SplitResult) -> None:
    host = parts.hostname or ""
    if parts.scheme == _SOCKET:
        if host or not parts.path.strip("/") or len(unquote(parts.path)) > 107:
            raise Invalid("the URL names no socket's path", "write redis+unix:///path/to/socket")
        return
    if not host:
        raise Invalid("the URL names no host", _REDIS_REMEDY)
    if not _is_host(host):
        raise Invalid("the URL's host is neither a name nor an address", _REDIS_REMEDY)
    if not _DATABASE.fullmatch(parts.path):
        # redis-py would silently use database 0.
        raise Invalid("the URL's path is not the number of a database", _REDIS_REMEDY)


def _is_host(host: str) -> bool:
    if ":" not in host and not host.rpartition(".")[2].isdigit():
        return _HOST.match(host) is not None and ".." not in host
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _check_parameters(query: str) -> None:
    known = ", ".join(sorted(_PARAMETERS))
    for name, value in parse_qsl(query, keep_blank_values=True):
        pattern = _PARAMETERS.get(name)
        if pattern is None:
            raise Invalid("the URL has an unknown parameter", f"known: {known}")
        if not pattern.fullmatch(value):
            raise Invalid(f"the URL's {name} has a wrong value", "correct or remove it")


def _with_port(text: str, parts: SplitResult) -> str:
    """Return the URL with a port: redis-py has a default, but the limits library requires one."""
    if parts.scheme == _SOCKET or parts.port:
        return text
    return parts._replace(netloc=f"{parts.netloc.removesuffix(':')}:{REDIS_PORT}").geturl()


def _try_connection(url: str) -> None:
    """Create the same storage and connection objects as `serve`; this connects to nothing."""
    if find_spec("redis") is None:
        raise Invalid("the Python package redis is not installed", remedy(*PACKAGES))
    from limits.aio.storage.redis import RedisStorage
    from redis.exceptions import RedisError

    try:
        storage = RedisStorage(f"async+{url}", implementation="redispy")
        pool = cast(Any, storage.bridge).get_connection().connection_pool
        pool.make_connection()
    except (ValueError, TypeError, AttributeError, OSError, RedisError, ConfigurationError):
        raise Invalid(
            "redis-py cannot use this URL", "check its parameters; ssl_... is for rediss:// only"
        ) from None
