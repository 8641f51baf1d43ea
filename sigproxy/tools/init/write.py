"""Write the files of `sigproxy init`: all of them or none, and nothing over what is there."""

import os
import secrets
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sigproxy.config import Settings, load
from sigproxy.media.coturn.conf import conf
from sigproxy.tools import firewall, firewall_media
from sigproxy.tools.init import steps
from sigproxy.tools.init.certificate import self_signed
from sigproxy.tools.init.files import File, Plan, files
from sigproxy.tools.turn import coturn_options

GROUP = "sigproxy"
_SECRET = 0o640


class CannotWrite(Exception):
    """Which file, why, and what to do."""


def write(plan: Plan) -> tuple[Settings, list[str]]:
    """Write the set-up; return its settings, and the paths below the folder in their order.

    Raise CannotWrite or NoCertificate; nothing is left then that was not there before.
    """
    found = [*files(plan), File(steps.README, steps.steps(plan)), *_secret(plan)]
    certificate = ("fullchain.pem", "privkey.pem")
    _refuse_existing(plan, [*(each.path for each in found), *certificate, "turnserver.conf"])
    hosts = (plan.gateway.host, *_hosts_of_routes(found[0].content))
    pems = zip(certificate, self_signed(hosts), strict=True)
    found += [File(name, content, _SECRET) for name, content in pems]
    made: list[Path] = []
    try:
        for file in found:
            _add(plan.folder, file, made)
        settings = load(plan.folder / "sigproxy.toml", {})
        if plan.has_turn:
            turnserver = File("turnserver.conf", _turnserver(settings), _SECRET)
            _add(plan.folder, turnserver, made)
            found.append(turnserver)
    except BaseException as error:
        _remove(made)
        if isinstance(error, OSError):
            what = f"{error.filename or plan.folder}: {error.strerror}"
            raise CannotWrite(f"{what}; give a folder that you may write") from error
        raise
    return settings, sorted(each.path for each in found)


def _refuse_existing(plan: Plan, paths: Sequence[str]) -> None:
    for path in paths:
        if os.path.lexists(plan.folder / path):
            raise CannotWrite(
                f"{plan.folder / path} exists, and nothing is overwritten; give another folder, or "
                "move it away"
            )


def _secret(plan: Plan) -> list[File]:
    """Return the secret that gateway and TURN server share."""
    return [File("turn-secret", secrets.token_hex(32) + "\n", _SECRET)] if plan.has_turn else []


def _hosts_of_routes(configuration: str) -> list[str]:
    routes = tomllib.loads(configuration)["route"]
    return [each["host"] for each in routes if "host" in each]


def _turnserver(settings: Settings) -> str:
    vendors = firewall_media.reached_vendors(firewall.from_routes(settings))
    return conf(coturn_options(settings, vendors))


def _add(folder: Path, file: File, made: list[Path]) -> None:
    path = folder / file.path
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir(mode=0o755)
            made.append(parent)
    # O_EXCL also refuses a link that somebody has put there meanwhile.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    made.append(path)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(file.content)
    if file.mode == _SECRET:
        _give(path)
    path.chmod(file.mode)


def _give(path: Path) -> None:
    """Let the service's group read *path*, if there is one and this user may say so."""
    with suppress(ImportError, KeyError, PermissionError):  # ImportError: on Windows
        import grp

        os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)


def _remove(made: Sequence[Path]) -> None:
    for path in reversed(made):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
