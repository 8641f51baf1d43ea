"""``sigproxy check``: what is wrong with the configuration, on this machine and for the service."""

import asyncio
import json
import os
import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from sigproxy.cli.common import CONFIG, judged
from sigproxy.cli.service import Service, service_of
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
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, with all of that.")
def check(
    config: Path | None, running: bool, name: str | None, online: bool, is_json: bool
) -> None:
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
    look = _Look(service, config, running)
    settings, problems = judged(config, service.environ(os.environ), look)
    source = str(config or "the defaults")
    well = None if problems or settings is None else _well(settings, service, online)
    if is_json:
        click.echo(_as_json(source, problems, well))
    else:
        _say(source, service, problems, well)
    if problems:
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Well:
    """What is said of a configuration without problems."""

    notes: tuple[str, ...]
    routes: int
    bind: tuple[str, ...]
    user: str
    user_why: str  # "" if it is the one who asks
    workers: int
    cpus: str
    timeouts: tuple[str, ...]


def _well(settings: Settings, service: Service, online: bool) -> _Well:
    notes = list(remarks(settings, service.files, os.environ))
    if online:
        from sigproxy.tools.online import remarks as online_remarks

        notes += asyncio.run(online_remarks(settings))
    return _Well(
        tuple(notes),
        len(settings.route),
        settings.server.bind,
        service.user,
        service.why,
        settings.server.workers,
        str(cpus.usable()),
        tuple(nesting.lines(settings)),
    )


def _say(source: str, service: Service, problems: tuple[Problem, ...], well: _Well | None) -> None:
    if service.unit is not None and (given := service.unit.environment):
        click.echo(f"environment: {len(given)} variable(s) of {service.unit.path}", err=True)
    for each in problems:
        click.echo(str(each), err=True)
    if well is None:
        return
    for note in well.notes:
        click.echo(f"{source}: note: {note}", err=True)
    click.echo(f"{source}: ok; {well.routes} route(s) on {', '.join(well.bind)}")
    if well.user_why:
        click.echo(f"user: {well.user}, {well.user_why}")
    click.echo(f"workers: {well.workers} ({well.cpus})")
    for line in well.timeouts:
        click.echo(f"timeouts of {line}")


def _as_json(source: str, problems: tuple[Problem, ...], well: _Well | None) -> str:
    found = {"source": source, "ok": not problems, "problems": [asdict(each) for each in problems]}
    return json.dumps(found | ({} if well is None else asdict(well)), indent=2)


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
