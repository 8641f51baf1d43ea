"""What other files hold: access keys, one in a line, the secrets of TURN, a proxy's login.

Empty lines and those that start with "#" are skipped.
"""

from collections.abc import Iterator
from pathlib import Path

from sigproxy.config import proxy_values, turn_secret, values
from sigproxy.config.masking import shown_path
from sigproxy.config.model import RouteSettings, Settings, TurnSettings, UpstreamSettings
from sigproxy.config.problem import Invalid, Loc
from sigproxy.config.text import decoded, read_whole

Fault = tuple[Loc, Invalid]


def with_files(settings: Settings) -> tuple[Settings, list[Fault]]:
    """Return *settings* with the keys of each ``keys_file`` among its ``keys``, and secrets."""
    routes: list[RouteSettings] = []
    faults: list[Fault] = []
    for index, route in enumerate(settings.route):
        found = _keys(route.keys_file, ("route", index, "keys_file"), faults)
        routes.append(route.model_copy(update={"keys": (*route.keys, *found)}))
    turn = None if settings.turn is None else _turn(settings.turn, faults)
    test = settings.network_test
    if test is not None:
        found = _keys(test.keys_file, ("network_test", "keys_file"), faults)
        test = test.model_copy(update={"keys": (*test.keys, *found)})
    upstream = _upstream(settings.upstream, faults)
    whole = {
        "upstream": upstream,
        "route": tuple(routes),
        "turn": turn,
        "network_test": test,
    }
    return settings.model_copy(update=whole), faults


def _upstream(upstream: UpstreamSettings, faults: list[Fault]) -> UpstreamSettings:
    path, whole = upstream.proxy_credentials_file, upstream.model_copy()
    try:
        whole._login = proxy_values.login(path) if path else None
    except Invalid as invalid:
        faults.append((("upstream", "proxy_credentials_file"), invalid))
    return whole


def _turn(turn: TurnSettings, faults: list[Fault]) -> TurnSettings:
    found = _keys(turn.keys_file, ("turn", "keys_file"), faults)
    whole = turn.model_copy(update={"keys": (*turn.keys, *found)})
    try:
        whole._secrets = turn_secret.read(turn.secret_file) if turn.secret_file else ()
    except Invalid as invalid:
        faults.append((("turn", "secret_file"), invalid))
    return whole


def _keys(path: Path | None, loc: Loc, faults: list[Fault]) -> tuple[str, ...]:
    """Return the keys in the file at *path*; add to *faults* what is wrong with it."""
    try:
        return tuple(_read(path)) if path else ()
    except Invalid as invalid:
        faults.append((loc, invalid))
        return ()


def _read(path: Path) -> Iterator[str]:
    shown = shown_path(path)  # by mistake, the path may be a key itself
    try:
        text = decoded(read_whole(path))
    except OSError as error:
        remedy = "create it with one key in a line, readable for the user who runs sigproxy"
        raise Invalid(f"{shown} cannot be read: {error.strerror}", remedy) from None
    except Invalid as invalid:
        raise Invalid(f"{shown} {invalid.what}", invalid.remedy) from None
    if not text.replace("\ufeff", "").isascii():
        raise Invalid(f"{shown} has bytes outside ASCII", "write one key in a line")
    lines = [(number, line.strip(" \t\ufeff")) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if not lines:
        # An empty file must not open the route to everybody.
        raise Invalid(f"{shown} holds no key", "write one key in a line, or remove keys_file")
    for number, line in lines:
        try:
            yield values.key(line)
        except Invalid as invalid:
            raise Invalid(f"{shown}, line {number}: {invalid.what}", invalid.remedy) from None
