"""`check --online`: do the name servers and the Redis of the settings answer from here?"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from sigproxy.assembly.egress import build_egress
from sigproxy.config import Settings
from sigproxy.gateway.admission.rate import redis_storage
from sigproxy.gateway.upstream.name_server import Failure, NameServer
from sigproxy.gateway.upstream.resolver import RESOLV_CONF
from sigproxy.policies.targets import Pattern
from sigproxy.semantics.resolver_files import name_servers, with_port

DNS_TIMEOUT_S = 3.0
REDIS_TIMEOUT_S = 2.0  # longer than a request waits for it: here it may have to be resolved first


async def remarks(settings: Settings, resolv_conf: Path = RESOLV_CONF) -> list[str]:
    """Return a sentence for each that does not answer, beginning with the setting's name."""
    async with asyncio.TaskGroup() as group:
        host = _asked(settings)
        servers = [
            group.create_task(_name_server(*each, host)) for each in _servers(settings, resolv_conf)
        ]
        url = settings.limits.request_rate_redis
        redis = [] if url is None else [group.create_task(_redis(url))]
    return [said for task in (*servers, *redis) if (said := task.result())]


def _servers(settings: Settings, resolv_conf: Path) -> Iterator[tuple[str, str]]:
    """Yield each name server's address, after what names it; none if the proxy asks them all."""
    egress = build_egress(settings.upstream)
    if egress is not None and not egress.needs_dns:
        return
    if configured := settings.upstream.nameservers:
        yield from (("upstream.nameservers", with_port(each)) for each in configured)
        return
    try:
        listed = name_servers(resolv_conf.read_text(errors="replace"))
    except OSError:
        listed = ()
    yield from ((str(resolv_conf), each) for each in listed or ("127.0.0.1:53",))


def _asked(settings: Settings) -> str:
    """Return a host that the gateway will ask for; that it does not exist is an answer too."""
    patterns = (Pattern.parse(each) for route in settings.route for each in route.patterns)
    return next((each.host for each in patterns if each.host), "com")


async def _name_server(named_by: str, address: str, host: str) -> str | None:
    server = NameServer(address, DNS_TIMEOUT_S)
    try:
        until_s = asyncio.get_running_loop().time() + DNS_TIMEOUT_S
        answer = await server.ask(host, "A", until_s)
    finally:
        await server.close()
    if not isinstance(answer, Failure):
        return None
    return (
        f"{named_by}: the name server {address} {answer.what}, when asked for {host}; let the "
        "firewall allow UDP and TCP port 53 to it, or name another"
    )


async def _redis(url: str) -> str | None:
    """Return what is wrong with the Redis, without its URL, which may have a password."""
    from redis.exceptions import RedisError

    connection = cast(Any, redis_storage(url).bridge).get_connection()  # redis-py's own
    try:
        async with asyncio.timeout(REDIS_TIMEOUT_S):
            await connection.ping()
    except TimeoutError:
        what = f"did not answer within {REDIS_TIMEOUT_S:g} s"
    except (RedisError, OSError) as error:
        what = f"cannot be used ({type(error).__name__})"
    else:
        return None
    finally:
        await connection.aclose()
    return (
        f"limits.request_rate_redis: the Redis {what}; until it can, requests are not counted and "
        "all are admitted; start it, or correct host, port and password"
    )
