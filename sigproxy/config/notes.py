"""What works, but may be a mistake: `check` prints it as notes, and exits with 0."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sigproxy import open_files
from sigproxy.config import (
    certificates,
    cpus,
    host_routes,
    nesting,
    network_targets,
    network_test_rules,
    networks,
    origins,
    proxy_rules,
    routes,
    turn_remarks,
)
from sigproxy.config.account import is_open_to_all
from sigproxy.config.masking import shown_path
from sigproxy.config.model import (
    NetworkTestSettings,
    RouteSettings,
    Settings,
    TurnSettings,
)
from sigproxy.config.unit import CREDENTIALS
from sigproxy.config.values import is_loopback
from sigproxy.dialects.host import ANY
from sigproxy.policies.limits import connections_for
from sigproxy.semantics.authority import Authority

ENDS_SOON = timedelta(days=14)  # ACME clients renew a certificate of 90 days a month before its end

_COUNTS = ("connections", "connections_per_address", "websockets", "websockets_per_address")


def remarks(
    settings: Settings, files: int | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield one sentence for each, beginning with the setting's name.

    The settings have no error, and what ``preflight`` checks is well. *files*: how many a process
    may open, if not as many as this one; *environ*: its variables.
    """
    yield from routes.remarks(settings.route)
    yield from host_routes.remarks(settings)
    yield from network_targets.remarks(settings)
    yield from nesting.remarks(settings)
    yield from _share_remarks(settings)
    yield from _worker_remarks(settings)
    yield from _descriptor_remarks(settings, open_files.hard_limit() if files is None else files)
    tables = _tables_with_keys(settings)
    yield from origins.remarks((name, table.allowed_origins) for name, table in tables)
    yield from turn_remarks.remarks(settings)
    yield from _proxy_remarks(settings)
    yield from _plain_remarks(settings)
    yield from _certificate_remarks(settings, datetime.now(UTC))
    yield from _log_remarks(settings.access_log.path)
    yield from cpus.remarks(settings.server.workers)
    yield from network_test_rules.remarks(settings)
    yield from proxy_rules.remarks(settings, environ or {})
    if (admin := settings.admin.bind) and not is_loopback(admin):
        yield (
            f"admin.bind: {admin} may be reachable from other machines, and has no password; "
            "let a firewall allow only the monitoring"
        )
    for name, table in tables:
        if (file := table.keys_file) and is_open_to_all(file):
            yield f"{name}.keys_file: every user of this machine can read {shown_path(file)}"
    if (file := settings.upstream.proxy_credentials_file) and is_open_to_all(file):
        yield (
            f"upstream.proxy_credentials_file: every user of this machine can read {file}; chmod "
            "640 it"
        )


def _tables_with_keys(
    settings: Settings,
) -> list[tuple[str, RouteSettings | TurnSettings | NetworkTestSettings]]:
    """Return the tables that say who may call, by name."""
    routes = [(f"route[{index}]", each) for index, each in enumerate(settings.route)]
    others = (("turn", settings.turn), ("network_test", settings.network_test))
    return [*routes, *((name, each) for name, each in others if each is not None)]


def _proxy_remarks(settings: Settings) -> Iterator[str]:
    for network in networks.wide(settings.server.trusted_proxies or ()):
        yield (
            f"server.trusted_proxies: {network} is wider than any proxy's own network; every "
            "machine with an address in it can impersonate another client"
        )


def _log_remarks(path: str) -> Iterator[str]:
    if path != "-" and Path(path).is_fifo():
        yield (
            f"access_log.path: {path} is a pipe; while nobody reads it, lines are lost. Start its "
            "reader first"
        )


def _share_remarks(settings: Settings) -> Iterator[str]:
    limits = settings.limits
    for name, most, share in (
        ("connections", limits.connections, limits.connections_per_address),
        ("websockets", limits.websockets, limits.websockets_per_address),
    ):
        if most is not None and share >= most:
            yield (
                f"limits.{name}_per_address: one client address may use all {most} that "
                f"limits.{name} allows, and lock the others out; choose a lower number"
            )


def _worker_remarks(settings: Settings) -> Iterator[str]:
    limits, workers = settings.limits, settings.server.workers
    if workers == 1:
        return
    if limits.request_rate and not limits.request_rate_redis:
        yield (
            f"limits.request_rate: each of the {workers} workers counts by itself, so that one "
            f"client address may make up to {workers} x {limits.request_rate}; count in a Redis "
            "(limits.request_rate_redis), or set server.workers = 1"
        )
    for name in _COUNTS:
        if name in limits.model_fields_set and (most := getattr(limits, name)) is not None:
            whose = "for one client address" if name.endswith("_per_address") else "in all"
            yield (
                f"limits.{name}: each of the {workers} workers counts by itself, so that there may "
                f"be up to {workers} x {most} = {workers * most} {whose}"
            )


def _descriptor_remarks(settings: Settings, files: int | None) -> Iterator[str]:
    websockets = settings.limits.websockets
    if files is None or websockets is None or websockets <= (most := connections_for(files)):
        return
    yield (
        f"limits.websockets: a worker may open {files} files, which is enough for {most} "
        f"WebSockets and not for {websockets}; allow more files (LimitNOFILE= in the unit, "
        "ulimit -Hn in a shell), or choose a lower number"
    )


def _plain_remarks(settings: Settings) -> Iterator[str]:
    server = settings.server
    exposed = [bind for bind in server.bind if not is_loopback(bind)]
    if exposed and not server.certificate and not server.trusted_proxies:
        yield (
            f"server.certificate: without it {', '.join(exposed)} is plain HTTP for other "
            "machines, and SDKs use only https://; set certificate and private_key, or, behind a "
            "TLS terminator, list that in server.trusted_proxies"
        )


def _certificate_remarks(settings: Settings, now: datetime) -> Iterator[str]:
    certificate, private_key = settings.server.certificate, settings.server.private_key
    if certificate is None:
        return
    if any(each and each.is_relative_to(CREDENTIALS) for each in (certificate, private_key)):
        yield (
            f"server.certificate: systemd copies what is in {CREDENTIALS} when the service starts, "
            "so that a renewed certificate needs a restart; name the files themselves"
        )
    until = certificates.valid_until(certificate, private_key)
    if until is not None and until - now < ENDS_SOON:
        yield (
            f"server.certificate: {certificate} is valid for {_days(until - now)} more, until "
            f"{until:%Y-%m-%d %H:%M} UTC; renew it (a renewed one is used without a reload)"
        )
    if certificates.signs_itself(certificate, private_key):
        yield (
            f"server.certificate: {certificate} is self-signed, so that clients refuse it; "
            "get one from an authority, by certbot for example"
        )
    hosts = [Authority.parse(name.encode()).host for name in settings.server.public_names]
    if missing := certificates.names_missing(certificate, private_key, hosts):
        yield (
            f"server.certificate: {certificate} is not for {', '.join(missing)}, so that clients "
            "refuse it there; get one for every name in server.public_names, or remove the name"
        )
    of_routes = [name for route in settings.route for name in _own_hosts(route)]
    if missing := certificates.names_missing(certificate, private_key, of_routes):
        yield (
            f"server.certificate: {certificate} is not for {', '.join(missing)}, of a route with "
            "the host dialect; get one for that route's host too (a wildcard covers one label)"
        )
    if is_open_to_all(key := private_key or certificate):
        yield (
            f"server.{'private_key' if private_key else 'certificate'}: every user of this machine "
            f"can read the private key in {key}; chmod 640 it, and replace certificate and key if "
            "others had a login"
        )


def _own_hosts(route: RouteSettings) -> Iterator[str]:
    """Yield the names of ours that *route* is for, with an example where any label may stand."""
    if route.host is not None:
        for own in route.hosts:
            yield own.replace(ANY, "any", 1) + route.host.removeprefix("*")


def _days(left: timedelta) -> str:
    return f"{left.days} day(s)" if left.days else f"{left.seconds // 3600} hour(s)"
