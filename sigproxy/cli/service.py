"""For whom a command judges: the service's user and its unit, or whoever runs the command."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import click

from sigproxy.config import Problem
from sigproxy.config.account import Account, dynamic, found, is_root, own_name
from sigproxy.config.unit import NAME, SOCKET, Unit, installed

_BIND_VARIABLE = "SIGPROXY_SERVER__BIND"


@dataclass(frozen=True, slots=True)
class Service:
    """For whom to judge, and *why* so; *account* None: this process's own user."""

    account: Account | None = None
    unit: Unit | None = None
    why: str = ""

    @property
    def user(self) -> str:
        return self.account.name if self.account else own_name()

    @property
    def files(self) -> int | None:
        return self.unit.open_files if self.unit else None

    def environ(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the service's variables, under *own*; the sockets of systemd replace bind."""
        given = {**self.unit.environment, **own} if self.unit else dict(own)
        return given | ({_BIND_VARIABLE: ",".join(self.binds)} if self.binds else {})

    def setters(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return what sets each variable of the service that is not in *own*."""
        if self.unit is None:
            return {}
        place = str(self.unit.path)
        named = {name: place for name in self.unit.environment if name not in own}
        return named | ({_BIND_VARIABLE: SOCKET} if self.binds else {})

    @property
    def binds(self) -> tuple[str, ...]:
        """The addresses that systemd opens for the service."""
        return self.unit.binds if self.unit else ()


def service_of(name: str | None, failing: int = 1) -> Service:
    """Return for whom to judge, if the command line says *name*.

    Without the unit's user, say so and exit with *failing*.
    """
    if not is_root():
        if name is not None and name != own_name():
            raise click.BadParameter("only root can judge for another user", param_hint="--user")
        return Service()
    unit = installed()
    if name is not None and (unit is None or unit.user != name):
        return _of_user(name)
    if unit is None and (account := found(NAME)) is not None:
        return Service(account, None, f"as {NAME}.service in systemd/ has it")
    if unit is None:
        why = f"who runs this: there is neither {NAME}.service nor a user {NAME}; --user names one"
        return Service(None, None, why)
    return _of_unit(unit, failing)


def _of_user(name: str) -> Service:
    account = found(name)
    if account is None:
        raise click.BadParameter(f"there is no user {name} on this machine", param_hint="--user")
    return Service(None if account.uid == 0 else account, None, "as --user says")


def _of_unit(unit: Unit, failing: int) -> Service:
    groups = unit.group, unit.more_groups
    account = found(unit.user, *groups)
    if account is None and not unit.is_dynamic:
        remedy = "create it: useradd --system --no-create-home --shell /usr/sbin/nologin"
        what = f"there is no user {unit.user} on this machine"
        click.echo(Problem(str(unit.path), "User", what, f"{remedy} {unit.user}"), err=True)
        sys.exit(failing)
    account = account or dynamic(unit.user, *groups)
    return Service(None if account.uid == 0 else account, unit, f"as {unit.path} has it")
