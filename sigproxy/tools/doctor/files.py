"""Whether the service's own user can read what the configuration names, whoever runs doctor."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sigproxy.config import Settings
from sigproxy.config.access import file_faults, unreadable
from sigproxy.config.account import Account, found, is_open_to_all, own_name
from sigproxy.config.masking import shown_path
from sigproxy.config.problem import Invalid, toml_path
from sigproxy.config.unit import Unit
from sigproxy.tools.doctor.finding import Finding, failure, warning, well

NAME = "files"
_LOG = "access_log.path"


@dataclass(frozen=True, slots=True)
class FilesSeen:
    """*faults*: what *user* cannot do, by setting. *exposed*: secrets that everybody can read."""

    user: str
    faults: tuple[tuple[str, Invalid], ...] = ()
    exposed: tuple[tuple[str, str], ...] = ()


def look(
    settings: Settings, config: Path | None, account: Account | None, unit: Unit | None
) -> FilesSeen:
    """Ask the kernel as *account*, None: as this process. Nothing else may open files meanwhile."""
    own = own_name()
    user = account or found(own)
    faults: list[tuple[str, Invalid]] = []
    if user is not None:
        faults += ((toml_path(loc), fault) for loc, fault in file_faults(settings, user, unit))
        if config is not None and (fault := unreadable(config, user, unit)):
            faults.append(("the configuration", fault))
    exposed = ((name, shown_path(path)) for name, path in _secrets(settings) if _is_open(path))
    return FilesSeen(user.name if user else own, tuple(faults), tuple(exposed))


def _secrets(settings: Settings) -> Iterator[tuple[str, Path]]:
    server, turn, test = settings.server, settings.turn, settings.network_test
    if (key := server.private_key or server.certificate) is not None:
        yield "server.private_key", key
    if (login := settings.upstream.proxy_credentials_file) is not None:
        yield "upstream.proxy_credentials_file", login
    tables = [(f"route[{index}]", each) for index, each in enumerate(settings.route)]
    for name, table in (*tables, ("turn", turn), ("network_test", test)):
        if table is not None and table.keys_file is not None:
            yield f"{name}.keys_file", table.keys_file


def _is_open(path: Path) -> bool:
    try:
        return is_open_to_all(path)
    except OSError:
        return False


def judge(seen: FilesSeen) -> Iterator[Finding]:
    for name, shown in seen.exposed:
        what = f"every user of this machine can read {shown} ({name})"
        remedy = "chmod 640 it, and replace what it holds if others had a login"
        yield warning(NAME, "secret_exposed", what, remedy)
    for name, fault in seen.faults:
        token = "log_unwritable" if name == _LOG else "file_unreadable"
        yield failure(NAME, token, f"{fault.what} ({name})", fault.remedy)
    if not seen.faults:
        yield well(NAME, f"{seen.user} can read and write all that the configuration names")
