"""Start the gateway and the vendor, run the steps, print the results, and keep running."""

import asyncio
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import click

from sigproxy.config import (
    AccessLogSettings,
    RouteSettings,
    ServerSettings,
    Settings,
    TurnSettings,
    UpstreamSettings,
)
from sigproxy.missing import remedy
from sigproxy.runner import Runner, Site
from sigproxy.tools.demo import turn
from sigproxy.tools.demo.steps import STEPS, Scene, Step
from sigproxy.tools.demo.turn import Coturn
from sigproxy.tools.demo.vendor import NAME, Vendor, start_dns

PORT = 8443

_SDK_LINES = """\
In your app, with the address of your gateway:

  Azure Communication Services (web)
    new CallClient({{ networkConfiguration: {{ proxy: {{ url: "https://{host}" }} }} }})
  watchRTC
    watchRTC.init({{ proxyUrl: "wss://{host}/watchrtc-server.cyara.com" }})
  Vonage / OpenTok
    OT.setProxyUrl("https://{host}")
  Daily
    Daily.createCallObject({{ dailyConfig: {{ proxyUrl: "https://{host}" }} }})

This demo's gateway allows only the made-up vendor. For real vendors:
    sigproxy dev --preset acs                            on this machine, for an app's developer
    sigproxy init --preset acs --name gateway.example    writes the set-up of a server
"""


def run(*, once: bool) -> int:
    """Return 0 if every step succeeded, else 1."""
    with TemporaryDirectory(prefix="sigproxy-demo-") as name:
        folder = Path(name)
        try:
            _write_certificates(folder)
        except ImportError:
            click.echo(f"the demo makes certificates with trustme: {remedy('trustme')}", err=True)
            return 1
        return asyncio.run(_run(folder, once=once))


def _write_certificates(folder: Path) -> None:
    import trustme  # an optional dependency: production does not need it

    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name, hosts in (("gateway", ("localhost", "127.0.0.1")), ("vendor", (NAME,))):
        pem = ca.issue_cert(*hosts).private_key_and_cert_chain_pem
        pem.write_to_path(str(folder / f"{name}.pem"))


async def _run(folder: Path, *, once: bool) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with (
        turn.running(folder) as coturn,
        _vendor(folder) as (vendor, dns_port),
        _gateway(_settings(folder, dns_port, "/dev/null" if once else "-", coturn)) as port,
    ):
        click.echo(f"A gateway on https://127.0.0.1:{port}; behind it a made-up vendor, {NAME}.\n")
        trusting = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trusting), headers={"User-Agent": "demo"}
        ) as session:
            scene = Scene(session, f"127.0.0.1:{port}", vendor, trusting)
            failed = await _play(scene, [*STEPS, *([(turn.TITLE, turn.echo)] if coturn else [])])
        if coturn is None:
            click.echo(f"{turn.TITLE}: {turn.MISSING}.\n")
        if not once and not stopped.is_set():
            click.echo(_SDK_LINES.format(host=f"127.0.0.1:{port}"))
            click.echo(_stay_up(folder, port, vendor.port))
            await stopped.wait()
            click.echo("\nstopping")
    return 1 if failed else 0


async def _play(scene: Scene, steps: Sequence[tuple[str, Step]]) -> int:
    """Run every step; return how many did not go as they should."""
    failed = 0
    for number, (title, step) in enumerate(steps, 1):
        click.echo(f"{number}  {title}")
        try:
            outcome = await asyncio.wait_for(step(scene), 10)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failed += 1
            click.echo(f"   FAILED            {type(error).__name__}: {error}\n")
            continue
        failed += not outcome.ok
        _show("client sent", outcome.sent)
        for line in scene.vendor.take_seen() or ["nothing"]:
            _show("vendor saw", line)
        _show("client received", outcome.received)
        _show("ok" if outcome.ok else "FAILED", outcome.note)
        click.echo()
    click.echo(f"{len(steps) - failed} of {len(steps)} steps went as they should.\n")
    return failed


def _show(label: str, text: str) -> None:
    click.echo(f"   {label:<17} {text}")


def _stay_up(folder: Path, port: int, vendor_port: int) -> str:
    return (
        f"Try it:\n  curl --cacert {folder}/ca.pem https://127.0.0.1:{port}/{NAME}:{vendor_port}/x\n"
        "The access log follows; Ctrl-C ends the demo.\n"
    )


@asynccontextmanager
async def _vendor(folder: Path) -> AsyncIterator[tuple[Vendor, int]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "vendor.pem")
    vendor = Vendor()
    runner = await vendor.start(context)
    dns, dns_port = await start_dns()
    try:
        yield vendor, dns_port
    finally:
        dns.close()
        await runner.cleanup()


@asynccontextmanager
async def _gateway(settings: Settings) -> AsyncIterator[int]:
    listener = _listener()
    port = listener.getsockname()[1]
    runner = Runner(settings)
    await runner.setup()
    await Site(runner, listener, lambda: runner.contexts.listener).start()
    try:
        yield port
    finally:
        await runner.cleanup()


def _listener() -> socket.socket:
    """Return a socket at PORT, which the documentation names, or at a free port if it is taken."""
    for port in (PORT, 0):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            click.echo(f"port {port} is taken; using a free one", err=True)
    sys.exit("no port on 127.0.0.1 can be opened")


def _settings(folder: Path, dns_port: int, log: str, coturn: Coturn | None) -> Settings:
    return Settings(
        server=ServerSettings(certificate=folder / "gateway.pem", drain_s=2.0),
        upstream=UpstreamSettings(
            nameservers=(f"127.0.0.1:{dns_port}",),
            ca_file=folder / "ca.pem",
            allow_networks=(ip_network("127.0.0.1/32"),),
        ),
        access_log=AccessLogSettings(path=log),
        route=(RouteSettings(targets=(f"{NAME}:*",)),),
        turn=None if coturn is None else _turn(coturn),
    )


def _turn(coturn: Coturn) -> TurnSettings:
    settings = TurnSettings(name=turn.NAME, relay=coturn.relay, open=True)
    settings._secrets = (coturn.secret.encode(),)  # of a file, else
    return settings
