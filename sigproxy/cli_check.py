"""``sigproxy check``: what is wrong with the configuration, on this machine and for the service."""

import asyncio
import os
import pwd
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from sigproxy.cli_config import CONFIG, checked, stop
from sigproxy.config import Loc, Problem, Settings, cpus, nesting, preflight, remarks
from sigproxy.config.access import bind_faults, file_faults, unreadable
from sigproxy.config.account import Account, dynamic, found
from sigproxy.config.problem import are_related
from sigproxy.config.unit import NAME, Unit, installed

_BIND_VARIABLE = "SIGPROXY_SERVER__BIND"


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
    service = _service(name)
    if service.unit is not None and (given := service.unit.environment):
        click.echo(f"environment: {len(given)} variable(s) of {service.unit.path}", err=True)
    settings = checked(config, service.environ(os.environ), _Look(service, config, running))
    source = config or "the defaults"
    notes = list(remarks(settings, service.files))
    if online:
        from sigproxy.tools.online import remarks as online_remarks

        notes += asyncio.run(online_remarks(settings))
    for note in notes:
        click.echo(f"{source}: note: {note}", err=True)
    click.echo(f"{source}: ok; {len(settings.route)} route(s) on {', '.join(settings.server.bind)}")
    if service.account is not None:
        click.echo(f"user: {service.account.name}, {service.why}")
    click.echo(f"workers: {settings.server.workers} ({cpus.usable()})")
    for line in nesting.lines(settings):
        click.echo(f"timeouts of {line}")


@dataclass(frozen=True, slots=True)
class _Service:
    """For whom to judge: *account* None: this process's own user."""

    account: Account | None = None
    unit: Unit | None = None
    why: str = ""

    @property
    def files(self) -> int | None:
        return self.unit.open_files if self.unit else None

    def environ(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the service's variables, under *own*; the sockets of systemd replace bind."""
        given = {**self.unit.environment, **own} if self.unit else dict(own)
        return given | ({_BIND_VARIABLE: ",".join(self.binds)} if self.binds else {})

    @property
    def binds(self) -> tuple[str, ...]:
        """The addresses that systemd opens for the service."""
        return self.unit.binds if self.unit else ()


@dataclass(frozen=True, slots=True)
class _Look:
    """What ``checked`` asks about the settings."""

    service: _Service
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


def _service(name: str | None) -> _Service:
    """Return for whom to judge, if the command line says *name*."""
    if os.geteuid() != 0:
        if name is not None and name != pwd.getpwuid(os.geteuid()).pw_name:
            raise click.BadParameter("only root can judge for another user", param_hint="--user")
        return _Service()
    unit = installed()
    if name is not None and (unit is None or unit.user != name):
        return _of_user(name)
    if unit is None:
        return _Service(found(NAME), None, f"as {NAME}.service in systemd/ has it")
    return _of_unit(unit)


def _of_user(name: str) -> _Service:
    account = found(name)
    if account is None:
        raise click.BadParameter(f"there is no user {name} on this machine", param_hint="--user")
    return _Service(None if account.uid == 0 else account, None, "as --user says")


def _of_unit(unit: Unit) -> _Service:
    groups = unit.group, unit.more_groups
    account = found(unit.user, *groups)
    if account is None and not unit.is_dynamic:
        remedy = "create it: useradd --system --no-create-home --shell /usr/sbin/nologin"
        what = f"there is no user {unit.user} on this machine"
        stop([Problem(str(unit.path), "User", what, f"{remedy} {unit.user}")])
    account = account or dynamic(unit.user, *groups)
    return _Service(None if account.uid == 0 else account, unit, f"as {unit.path} has it")
