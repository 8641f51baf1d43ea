"""What the operator does with the folder that `sigproxy init` has written."""

import shlex
from pathlib import Path

from sigproxy.config import Settings
from sigproxy.semantics.authority import HTTPS_PORT
from sigproxy.tools.init.files import EXAMPLE_ADDRESS, EXAMPLE_ORIGIN, Plan

# The unit hides these from the service (ProtectHome=, PrivateTmp=).
_HIDDEN = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))
README = "README"


def steps(plan: Plan) -> str:
    """Return the commands, in order, each with what it is for."""
    folder, host = shlex.quote(str(plan.folder)), plan.gateway.host
    config = shlex.quote(str(plan.folder / "sigproxy.toml"))
    blocks = [
        (
            "A user for the service, and what it may read",
            "id sigproxy || useradd --system --no-create-home --shell /usr/sbin/nologin sigproxy",
            f"chgrp sigproxy {folder}/sigproxy.toml {folder}/*.pem"
            + (f" {folder}/turn-secret" if plan.has_turn else ""),
        ),
        (
            "The certificate. Until then there is a self-signed one, which clients "
            f"refuse.\nAt port 80 certbot proves that {host} is this machine: open it to all",
            "apt-get install certbot",
            f"certbot certonly --standalone -d {host} --deploy-hook {folder}/certbot/deploy-hook",
        ),
        (
            "The units, and what is wrong still, if anything",
            f"cp {folder}/systemd/sigproxy.service {folder}/systemd/sigproxy.socket "
            "/etc/systemd/system/",
            "systemctl daemon-reload && systemctl enable sigproxy.socket sigproxy.service",
            f"{plan.program} check --config {config}",
        ),
        *(_coturn(folder) if plan.has_turn else ()),
        (
            "The service",
            "systemctl start sigproxy.socket sigproxy.service",
            f"curl https://{plan.gateway}/-/ready",
        ),
        (
            "Optional: keep out who is refused again and again, by the access log in the journal",
            "apt-get install fail2ban python3-systemd",
            f"cp -r {folder}/fail2ban/* /etc/fail2ban/ && systemctl restart fail2ban",
        ),
        (
            'Only with access_log.path = "/var/log/sigproxy/access.log": a new file each day',
            f"cp {folder}/logrotate/sigproxy /etc/logrotate.d/",
        ),
    ]
    numbered = (
        f"{number}. {title}\n\n" + "\n".join(f"    {line}" for line in lines)
        for number, (title, *lines) in enumerate(blocks, 1)
    )
    head = f"sigproxy for {plan.gateway}: what to do, as root\n"
    return "\n\n".join((head.rstrip(), *numbered, _papers(plan, config))) + "\n"


def _coturn(folder: str) -> tuple[tuple[str, ...], ...]:
    return (
        (
            "coturn, which carries media",
            "apt-get install coturn",
            f"install -m 0640 -g turnserver {folder}/turnserver.conf /etc/turnserver.conf",
            "mkdir -p /etc/systemd/system/coturn.service.d",
            f"cp {folder}/systemd/coturn.service.d/sigproxy.conf "
            "/etc/systemd/system/coturn.service.d/",
            "systemctl daemon-reload && systemctl restart coturn",
        ),
    )


def _papers(plan: Plan, config: str) -> str:
    return (
        "For others:\n\n"
        f"    {plan.program} firewall --config {config}     what has to be open\n"
        f"    {plan.program} snippet VENDOR --config {config}     the lines for the app"
    )


def remarks(plan: Plan, settings: Settings) -> list[str]:
    """Return what is still to be filled in, or will not work as it is; one sentence for each."""
    found = []
    config = plan.folder / "sigproxy.toml"
    if EXAMPLE_ORIGIN in plan.origins:
        found.append(
            f"{config}: allowed_origins has {EXAMPLE_ORIGIN}; write your page's origin there, or "
            "give --origin"
        )
    if plan.has_turn and plan.address == EXAMPLE_ADDRESS:
        found.append(
            f"{config} and turnserver.conf: {EXAMPLE_ADDRESS} stands for this machine's public "
            "IPv4 address; write it there, or give --address"
        )
    if plan.gateway.port != HTTPS_PORT:
        found.append(
            f"{plan.folder / 'systemd/sigproxy.socket'}: it opens port {HTTPS_PORT}, and clients "
            f"dial {plan.gateway}; write that port there, unless a router or firewall leads it to "
            f"{HTTPS_PORT}"
        )
    if hosts := sorted({route.host for route in settings.route if route.host}):
        found.append(
            f"{', '.join(hosts)}: DNS and the certificate need this name too; certbot gets a "
            "wildcard by DNS-01 alone"
        )
    for what, place in (("the program", Path(plan.program.split()[0])), ("FOLDER", plan.folder)):
        if any(place.is_relative_to(hidden) for hidden in _HIDDEN):
            found.append(
                f"{what}, {place}, is where the unit lets the service see nothing "
                "(ProtectHome=, PrivateTmp=); choose another, such as /opt/sigproxy and "
                "/etc/sigproxy"
            )
    return found
