"""Each name server that the gateway asks, asked alone: one that fails delays every lookup."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sigproxy.config import Settings
from sigproxy.gateway.upstream.name_server import Failure, NameServer, Reply
from sigproxy.gateway.upstream.resolver import RESOLV_CONF
from sigproxy.semantics.resolver_files import name_servers, with_port
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well

ASK_S = 4.0
# Names that there always are (RFC 2606, RFC 6761); that one is unknown is an answer, too.
_ASKED = ("example.com", "localhost")
_ON_THIS_MACHINE = ("127.0.0.1:53",)  # resolv.conf(5): without a nameserver line


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """*is_only*: the gateway has no other. *failure*: what it did in place of an answer."""

    server: str
    is_only: bool
    took_s: float = 0.0
    failure: Failure | None = None


def listed(settings: Settings, resolv_conf: Path = RESOLV_CONF) -> tuple[str, ...]:
    """Return the servers that the gateway asks, as ``address:port``."""
    if settings.upstream.nameservers:
        return tuple(map(with_port, settings.upstream.nameservers))
    with suppress(OSError):
        return name_servers(resolv_conf.read_text("utf-8", "replace")) or _ON_THIS_MACHINE
    return _ON_THIS_MACHINE


async def probe(server: str, *, is_only: bool, names: Sequence[str] = _ASKED) -> ServerSeen:
    """Ask *server* about *names* at once; one answer, also that there is none, is enough."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    asked = NameServer(server, ASK_S)
    tasks = [loop.create_task(asked.ask(name, "A", began_s + ASK_S)) for name in names]
    failed: list[Failure] = []
    try:
        for done in asyncio.as_completed(tasks):
            outcome = await done
            if isinstance(outcome, Reply):
                return ServerSeen(server, is_only, loop.time() - began_s)
            failed.append(outcome)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asked.close()
    said = min(failed, key=lambda each: each.is_silence)
    return ServerSeen(server, is_only, loop.time() - began_s, said)


def judge(seen: ServerSeen) -> Finding:
    name = f"name server {seen.server}"
    if seen.failure is None:
        return well(name, f"answers in {seconds(seen.took_s)}")
    told = failure if seen.is_only else warning
    if seen.failure.is_silence:
        remedy = (
            "let the firewall pass UDP and TCP port 53 from this machine to it, or name another "
            "in upstream.nameservers"
        )
        return told(name, "name_server_silent", seen.failure.what, remedy)
    what = f"it {seen.failure.what}"
    remedy = "ask whoever runs it to let this machine use it, or name another"
    return told(name, "name_server_failing", what, remedy)
