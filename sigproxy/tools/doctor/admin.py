"""A running service, asked at its admin port whether it is ready."""

import asyncio
from dataclasses import dataclass

import aiohttp

from sigproxy.config.values import parse_bind
from sigproxy.semantics.authority import Authority
from sigproxy.tools.doctor import http_errors
from sigproxy.tools.doctor.finding import Finding, failure, warning, well

NAME = "admin port"
ASK_S = 3.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, slots=True)
class AdminSeen:
    """*status* of /-/ready; 0: none came, *why* says what did."""

    place: str
    status: int = 0
    why: str = ""
    is_refused: bool = False


async def probe(bind: str) -> AdminSeen:
    address = parse_bind(bind)
    assert isinstance(address, Authority)  # `values.admin_address` allows nothing else
    host = _EVERYWHERE.get(address.host, address.host)
    shown = f"[{host}]" if ":" in host else host
    try:
        async with (
            asyncio.timeout(ASK_S),
            aiohttp.ClientSession() as session,
            session.get(f"http://{shown}:{address.port}/-/ready") as response,
        ):
            return AdminSeen(bind, response.status)
    except TimeoutError:
        return AdminSeen(bind, why=f"it does not answer within {ASK_S:g} s")
    except aiohttp.ClientConnectorError as error:
        is_refused = isinstance(error.os_error, ConnectionRefusedError)
        return AdminSeen(bind, why=http_errors.sentence(error), is_refused=is_refused)
    except aiohttp.ClientError as error:
        return AdminSeen(bind, why=http_errors.sentence(error))


def judge(seen: AdminSeen) -> Finding:
    if seen.status == 200:
        return well(NAME, f"{seen.place}: the service is ready")
    if seen.status == 503:
        what = f"{seen.place}: the service drains and takes no new clients"
        return warning(NAME, "draining", what, "wait for the restart, or see its log")
    if seen.is_refused:
        what = f"nobody listens at {seen.place}: the service does not run"
        return warning(NAME, "service_not_running", what, "systemctl start sigproxy")
    what = f"{seen.place} does not say whether the service is ready: "
    what += f"status {seen.status}" if seen.status else seen.why
    remedy = "see whether another program has that port: ss -ltnp"
    return failure(NAME, "service_failing", what, remedy)
