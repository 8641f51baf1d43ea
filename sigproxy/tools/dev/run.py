"""Run the gateway of ``sigproxy dev``, in this process, until Ctrl-C."""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from sigproxy.config import ConfigError, Settings, load, preflight, proxy_rules
from sigproxy.config.listening import opened
from sigproxy.runner import Runner, Site
from sigproxy.semantics.authority import Authority
from sigproxy.tools.dev import names, page, store, trust
from sigproxy.tools.dev.store import Store
from sigproxy.tools.setup import vendor_of
from sigproxy.tools.snippet import render
from sigproxy.tools.snippet_route import find

# A laptop sleeps, so the age of the certificate is looked at, not waited for.
LOOK_EVERY_S = 600.0


class CannotStart(Exception):
    """Why, and what to do; one line for each fault."""


@dataclass(frozen=True, slots=True)
class Dev:
    presets: Sequence[str]
    port: int
    origins: Sequence[str]

    @property
    def gateway(self) -> Authority:
        return Authority(names.HOST, self.port)

    @property
    def certified(self) -> tuple[str, ...]:
        return names.certified(self.presets)


def run(dev: Dev, environ: dict[str, str]) -> None:
    """Serve until Ctrl-C; raise CannotStart."""
    now = datetime.now(UTC)
    kept = Store(store.folder(environ))
    try:
        signer, is_new = kept.authority(now)
        certificate = kept.leaf(signer, dev.certified, dev.port, now)
    except store.Unusable as fault:
        raise CannotStart(str(fault)) from None
    with ExitStack() as stack:
        listeners = [stack.enter_context(each) for each in _listeners(dev.port)]
        binds = [each.getsockname()[0] for each in listeners]
        text = names.configuration(dev.presets, dev.port, dev.origins, certificate, binds)
        config = kept.folder / f"sigproxy-{dev.port}.toml"
        store.write(config, text.encode(), 0o600)
        settings = _settings(config, environ)
        content = _content(dev, kept, settings)
        said = "\n\n".join((*_notes(settings, environ), _said(content, is_new=is_new)))
        runner = Runner(settings, front=page.reply(content))
        renew = partial(kept.leaf, signer, dev.certified, dev.port)
        asyncio.run(_serve(runner, listeners, said, renew))


def _listeners(port: int) -> list[socket.socket]:
    """Return sockets for localhost: IPv4, and IPv6 where there is any."""
    try:
        found = [opened("127.0.0.1", port)]
    except OSError as error:
        taken = f"127.0.0.1:{port} cannot be opened: {error.strerror}"
        raise CannotStart(f"{taken}; give another port with --port") from None
    with suppress(OSError):
        found.append(opened("::1", port))
    return found


def _settings(config: Path, environ: dict[str, str]) -> Settings:
    """Return the settings, which variables may override as those of any gateway."""
    try:
        settings = load(config, environ)
    except ConfigError as error:
        raise CannotStart("\n".join(map(str, error.problems))) from None
    if problems := preflight(settings, bind=False):
        raise CannotStart("\n".join(map(str, problems)))
    return settings


def _notes(settings: Settings, environ: dict[str, str]) -> list[str]:
    """Return that a company's proxy is set for other programs, and how it is for this one."""
    if settings.upstream.proxy is not None:
        return []
    by = "here by the variable SIGPROXY_UPSTREAM__PROXY"
    return [f"note: {each}, {by}" for each in proxy_rules.remarks(settings, environ)]


def _content(dev: Dev, kept: Store, settings: Settings) -> page.Content:
    snippets = []
    for vendor in {(each := vendor_of(name)).name: each for name in dev.presets}.values():
        if (mount := find(settings, vendor)) is not None:
            snippets.append(render(vendor, dev.gateway, mount))
    return page.Content(
        gateway=dev.gateway,
        presets=dev.presets,
        titles=names.titles(dev.presets),
        origins=dev.origins,
        file=kept.public,
        config=kept.folder / f"sigproxy-{dev.port}.toml",
        ways=trust.ways(kept.public),
        snippets=snippets,
    )


def _said(content: page.Content, *, is_new: bool) -> str:
    """Return what the terminal shows before the access log."""
    made = "Made" if is_new else "As before:"
    return "\n\n".join(
        (
            f"https://{content.gateway} forwards to {' and '.join(content.titles)}.\n"
            f"Open it in a browser: the page says all that stands here.",
            f"1  Trust this machine's authority, once for each system or browser. {made} "
            f"{content.file}",
            trust.text(tuple(content.ways)),
            f"2  Open your page at one of these origins (others: --origin)\n"
            f"    {'  '.join(content.origins)}",
            "3  Put these lines into your app",
            "\n".join(content.snippets),
            "The access log follows; Ctrl-C ends the gateway.",
        )
    )


async def _serve(
    runner: Runner,
    listeners: Sequence[socket.socket],
    said: str,
    renew: Callable[[datetime], Path],
) -> None:
    """Serve until a signal; print *said* once clients can connect."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await runner.setup()
    try:
        for listener in listeners:
            await Site(runner, listener, lambda: runner.contexts.listener).start()
        click.echo(said)
        while not stopped.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), LOOK_EVERY_S)
            renew(datetime.now(UTC))
            runner.renew_certificate()
    finally:
        await runner.cleanup()
