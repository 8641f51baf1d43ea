"""What must hold within ``[turn]``, and between it and the rest."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sigproxy.config.problem import Finding, Loc
from sigproxy.config.routes import repeated
from sigproxy.config.turn_values import is_address
from sigproxy.config.values import parse_authority

if TYPE_CHECKING:
    from sigproxy.config.model import TurnSettings

ANY_ORIGIN = "*"


def findings(turn: "TurnSettings") -> Iterator[Finding]:
    yield from _what_is_missing(turn)
    yield from _name_for_tls(turn)
    yield from _mode_without_port(turn)
    yield from _remote_relay(turn)
    yield from _nobody_or_everybody(turn)
    yield from key_twice("turn", turn.keys)


def key_twice(section: str, keys: Sequence[str]) -> Iterator[Finding]:
    if places := [place for place, _ in repeated(keys)]:
        yield Finding(
            ((section, "keys"), (section, "keys_file")),
            f"one key is listed twice (number {places[0] + 1}, those of keys_file last)",
            "remove one",
        )


def _what_is_missing(turn: "TurnSettings") -> Iterator[Finding]:
    if turn.name is None:
        yield Finding(
            (_loc("name"),),
            "nothing says under which name clients dial the TURN server",
            'add name = "gateway.example.com", or remove [turn]',
        )
    if turn.secret_file is None:
        yield Finding(
            (_loc("secret_file"),),
            "nothing says where the secret is that the TURN server shares",
            'add secret_file = "/etc/sigproxy/turn-secret", or remove [turn]',
        )


def _name_for_tls(turn: "TurnSettings") -> Iterator[Finding]:
    if turn.name is not None and turn.tls_port and is_address(turn.name):
        yield Finding(
            (_loc("name"), _loc("tls_port")),
            f"{turn.name} is an address, and TURN over TLS needs a name: certificates have names, "
            "and ACS and Agora make nothing, or a host of their own, of an address",
            "write the name that the certificate has, and the address in addresses; or set "
            "tls_port = 0",
        )


def _mode_without_port(turn: "TurnSettings") -> Iterator[Finding]:
    if not turn.tls_port and "modes" in turn.model_fields_set and "tls" in turn.modes:
        yield Finding(
            (_loc("modes"), _loc("tls_port")),
            "'tls' may be asked for, and tls_port is 0",
            "remove 'tls' from modes, or set tls_port = 443",
        )


def _remote_relay(turn: "TurnSettings") -> Iterator[Finding]:
    if turn.relay is None or turn.relay_is_remote:
        return
    if not ip_address(parse_authority(turn.relay, "").host).is_loopback:
        yield Finding(
            (_loc("relay"), _loc("relay_is_remote")),
            f"{turn.relay} is on another machine: what goes there is in clear text, and whoever "
            "else reaches that port can pass for any client's address",
            "run coturn here and write 127.0.0.1:3479; or let a firewall admit only this gateway "
            "there, and set relay_is_remote = true",
        )


def _nobody_or_everybody(turn: "TurnSettings") -> Iterator[Finding]:
    whom = (_loc("allowed_origins"), _loc("keys"), _loc("keys_file"), _loc("open"))
    if turn.open:
        if turn.keys:
            yield Finding(
                (_loc("open"), _loc("keys"), _loc("keys_file")),
                "everybody gets credentials, so that the keys keep nobody out",
                "remove open, or the keys",
            )
    elif ANY_ORIGIN in turn.allowed_origins:
        yield Finding(
            whom,
            "'*' gives credentials to every page, and to whoever writes an Origin field",
            "list your pages' origins; or remove it where there are keys (a page that has one may "
            "call from anywhere); or set open = true if everybody may relay here",
        )
    # A file that could not be read has a problem of its own.
    elif not turn.allowed_origins and not turn.keys and turn.keys_file is None:
        yield Finding(
            whom,
            "nobody may have credentials",
            "add keys (or keys_file), or allowed_origins; or set open = true if everybody may "
            "relay here",
        )


def _loc(key: str) -> Loc:
    return "turn", key
