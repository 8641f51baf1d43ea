"""What `sigproxy init` writes: each file's place in the folder, its text, and who may read it."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sigproxy.installed_files import text
from sigproxy.semantics.authority import Authority
from sigproxy.tools.setup import routes

EXAMPLE_ORIGIN, EXAMPLE_ADDRESS = "https://app.example.com", "203.0.113.5"
# Where the files of the repository expect each other, and the program.
_FOLDER, _PROGRAM, _NAME = "/etc/sigproxy", "/opt/sigproxy/bin/sigproxy", "gateway.example"
_OPEN, _RUN, _SECRET = 0o644, 0o755, 0o640


@dataclass(frozen=True, slots=True)
class Plan:
    """*folder*: absolute; *program*: the command that runs sigproxy, one word or more.

    *address*: the public IPv4 address of the machine, which a TURN server has to know.
    """

    folder: Path
    program: str
    presets: Sequence[str]
    gateway: Authority
    origins: Sequence[str]
    address: str
    has_turn: bool
    has_ipv6: bool


@dataclass(frozen=True, slots=True)
class File:
    """*path*: below the folder; *mode*: 0o640 is for the service's group, and nobody else."""

    path: str
    content: str
    mode: int = _OPEN


def files(plan: Plan) -> list[File]:
    """Return everything but certificate, secret and turnserver.conf, which are made of chance."""
    found = [
        File("sigproxy.toml", configuration(plan), _SECRET),
        File("systemd/sigproxy.service", _unit(plan)),
        File("systemd/sigproxy.socket", _socket(plan)),
        File("certbot/deploy-hook", _hook(plan), _RUN),
        File("logrotate/sigproxy", text("contrib/logrotate/sigproxy")),
        File("fail2ban/filter.d/sigproxy.conf", text("contrib/fail2ban/filter.d/sigproxy.conf")),
        File("fail2ban/jail.d/sigproxy.conf", _jail()),
    ]
    if plan.has_turn:
        drop_in = "systemd/coturn.service.d/sigproxy.conf"
        found.append(File(drop_in, _placed(plan, text(drop_in))))
    return found


def configuration(plan: Plan) -> str:
    """Return the text of sigproxy.toml."""
    binds = ["0.0.0.0:8443", *(["[::]:8443"] if plan.has_ipv6 else [])]
    server = (
        "# Written by `sigproxy init`. What is not here has its default: `sigproxy config show`",
        "# prints every setting, and says where it comes from.",
        "",
        "[server]",
        "# Without sigproxy.socket, which opens port 443 in place of these.",
        f"bind = {json.dumps(binds)}",
        f"certificate = {json.dumps(str(plan.folder / 'fullchain.pem'))}",
        f"private_key = {json.dumps(str(plan.folder / 'privkey.pem'))}",
        f"public_names = {json.dumps([str(plan.gateway)])}",
        "trusted_proxies = [] # clients connect directly, so no X-Forwarded-For is trusted",
        "",
        "[admin]",
        'bind = "127.0.0.1:9901" # metrics, and what `sigproxy top` shows',
    )
    turn = (
        "",
        "[turn]",
        f"name = {json.dumps(plan.gateway.host)}",
        f"addresses = {json.dumps([plan.address])} # this machine's public IPv4 address",
        f"secret_file = {json.dumps(str(plan.folder / 'turn-secret'))}",
        'relay = "127.0.0.1:3479" # coturn, as turnserver.conf has it',
        f"allowed_origins = {json.dumps(list(plan.origins))} # the pages that get credentials",
    )
    lines = [*server, *(turn if plan.has_turn else ()), ""]
    return "\n".join(lines) + "\n" + routes(plan.presets, plan.gateway, plan.origins)


def _placed(plan: Plan, content: str) -> str:
    """Return *content* with this set-up's paths and program."""
    content = content.replace(_PROGRAM, plan.program)
    return content.replace(f"{_FOLDER}/", f"{plan.folder}/")


def _unit(plan: Plan) -> str:
    # What stands in comments is about installing it by hand; the README of the folder has that.
    unit = text("systemd/sigproxy.service")
    head, mark, rest = unit.partition("[Unit]\n")
    return _placed(plan, f"{head.partition(chr(10))[0]}\n\n{mark}{rest}")


def _socket(plan: Plan) -> str:
    lines = text("systemd/sigproxy.socket").splitlines(keepends=True)
    kept = [line for line in lines if plan.has_ipv6 or not line.startswith("ListenStream=[")]
    return "".join(kept)


def _hook(plan: Plan) -> str:
    content = text("contrib/certbot/deploy-hook")
    name = shlex.quote(plan.gateway.host)
    content = content.replace(f"folder={_FOLDER}\n", f"folder={shlex.quote(str(plan.folder))}\n")
    return _placed(plan, content.replace(f"name={_NAME}\n", f"name={name}\n")).replace(_NAME, name)


def _jail() -> str:
    """Return the jail for the journal, to which the service writes its access log."""
    content = text("contrib/fail2ban/jail.d/sigproxy.conf")
    content = content.replace("backend = auto\n", "backend = systemd\n")
    return content.replace("logpath = /var/log/sigproxy/access.log\n", "")
