"""``sigproxy check``: what is wrong with the configuration, on this machine and for the service."""

import asyncio
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import click

from sigproxy.cli_config import CONFIG, checked
from sigproxy.cli_service import Service, service_of
from sigproxy.config import Loc, Problem, Settings, cpus, nesting, preflight, remarks
from sigproxy.config.access import bind_faults, file_faults, unreadable
from sigproxy.config.problem import are_related


@click.command()
@CONFIG
@click.option("--running", is_flag=True, help="The gateway is running: its addresses are in use.")
@click.option(
    "--user",
    "name",
    metavar="NAME",
    help="Judge for this user; only root can. Root's default: that of the installed unit.",
)
@click.option("--online", is_flag=True, help="Also ask the name servers and the Redis.")
def check(config: Path | None, running: bool, name: str | None, online: bool) -> None:
    """Find every error in the configuration, and say how to fix it.

    Also checks this machine: files, certificate and key, whether addresses are free (not with
    --running; use that before a reload). Prints one line for each problem and exits with 1.
    Without problems it prints "ok" and how the timeouts nest, and exits with 0. A note is about
    a possible mistake.

    \b
    Root checks for the service: whether its user can read and write the files, with the
    unit's SIGPROXY_* variables, limits and sockets. --user root checks for root alone.
    """
    service = service_of(name)
    if service.unit is not None and (given := service.unit.environment):
        click.echo(f"environment: {len(given)} variable(s) of {service.unit.path}", err=True)
    settings = checked(config, service.environ(os.environ), _Look(service, config, running))
    source = config or "the defaults"
    notes = list(remarks(settings, service.files, os.environ))
    if online:
        from sigproxy.tools.online import remarks as online_remarks

        notes += asyncio.run(online_remarks(settings))
    for note in notes:
        click.echo(f"{source}: note: {note}", err=True)
    click.echo(f"{source}: ok; {len(settings.route)} route(s) on {', '.join(settings.server.bind)}")
    if service.why:
        click.echo(f"user: {service.user}, {service.why}")
    click.echo(f"workers: {settings.server.workers} ({cpus.usable()})")
    for line in nesting.lines(settings):
        click.echo(f"timeouts of {line}")


@dataclass(frozen=True, slots=True)
class _Look:
    """What ``checked`` asks about the settings."""

    service: Service
    config: Path | None
    running: bool

    def __call__(
        self, settings: Settings, *, doubtful: Collection[Loc] = ()
    ) -> tuple[Problem, ...]:
        own = preflight(
            settings,
            bind=not self.running and not self.service.binds,
            admin=not self.running,
            doubtful=doubtful,
            files=self.service.files,
            made=self.service.unit.made if self.service.unit else (),
        )
        reported = {each.key for each in own}
        return (
            *own,
            *(each for each in self._users(settings, doubtful) if each.key not in reported),
        )

    def _users(self, settings: Settings, doubtful: Collection[Loc]) -> list[Problem]:
        """Return what the service's user cannot do, though root can."""
        account, unit = self.service.account, self.service.unit
        if account is None:
            return []
        faults = list(file_faults(settings, account, unit))
        if not self.running and not self.service.binds:
            faults += bind_faults(settings, account, unit)
        problems = [
            settings._sources.problem(loc, fault.what, fault.remedy)
            for loc, fault in faults
            if not are_related((loc,), doubtful)
        ]
        if self.config is not None and (fault := unreadable(self.config, account, unit)):
            problems.append(Problem(str(self.config), "file", fault.what, fault.remedy))
        return problems
