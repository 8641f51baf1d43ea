"""The settings that there are, and the files in conf/ that explain them."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from sigproxy.config import NetworkTestSettings, Settings, TurnSettings, load
from sigproxy.config.model import known_keys
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.egress import Egress
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.semantics.authority import Authority
from tests.config.loading import from_text

CONF = Path(__file__).parents[2] / "conf"


def test_settings_are_frozen_and_do_not_look_into_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGPROXY_SERVER__WORKERS", "77")
    built = Settings()
    assert built.server.workers != 77
    with pytest.raises(ValidationError, match="frozen"):
        setattr(built.server, "workers", 2)  # noqa: B010 - mypy would not let it pass otherwise


def test_policies_begin_as_their_settings_do() -> None:
    settings = Settings()
    [route] = settings.route
    assert RedirectPolicy().mode == route.redirects
    assert CookiePolicy().mode == route.cookies
    assert CorsPolicy().allowed_origins == route.allowed_origins
    assert Egress(Authority("proxy.example")).proxy_resolves == settings.upstream.proxy_resolves


_SETTING = re.compile(r"(?:# )?(?P<key>[a-z_]+) = (?=[\[\"\d{]|true|false)")


def mentioned(text: str) -> set[tuple[str, str]]:
    """Return table and key of each setting in *text*, commented out or not."""
    table, found = "", set()
    for line in text.splitlines():
        if header := re.match(r"(?:# )?\[+(\w+)\]", line):
            table = header[1]
        elif setting := _SETTING.match(line):
            found.add((table, setting["key"]))
    return found


def test_the_sample_has_every_setting_and_no_other() -> None:
    model = {(table, key) for table, keys in known_keys().items() for key in keys}
    assert mentioned((CONF / "sigproxy.toml").read_text()) == model


def test_the_sample_is_the_defaults() -> None:
    sample = load(CONF / "sigproxy.toml", {})
    assert sample == Settings()
    active = tomllib.loads((CONF / "sigproxy.toml").read_text())
    defaults = Settings().model_dump()
    for table, key in mentioned((CONF / "sigproxy.toml").read_text()):
        if table in ("turn", "network_test"):  # which are commented out as a whole
            continue
        holder = active[table][0] if table == "route" else active[table]
        known = defaults["route"][0] if table == "route" else defaults[table]
        has_default = known[key] is not None and key not in ("workers", "keys")
        assert (key in holder) is has_default, f"{table}.{key}"


def uncommented(file: Path) -> str:
    """Return the sample with its examples at work, and beside *file* the secrets that they name."""
    secret = file.with_name("turn-secret")
    secret.write_text("0123456789abcdef" * 4)
    secret.chmod(0o600)
    login = file.with_name("proxy-credentials")
    login.write_text("gateway:password")
    sample = (CONF / "sigproxy.toml").read_text()
    for path in (secret, login):
        sample = sample.replace(f"/etc/sigproxy/{path.name}", str(path))
    off = r"\[(?:turn|network_test)\]"
    example = r"[a-z_]+ = (?:[\[\"\d]|true|false)"
    return re.sub(rf"(?m)^# (?={off}|{example})(?!upstream|keys_file|host)", "", sample)


def test_what_is_commented_out_as_a_whole_is_the_default(file: Path) -> None:
    loaded = from_text(file, uncommented(file))
    for sample, model in (
        (loaded.turn, TurnSettings),
        (loaded.network_test, NetworkTestSettings),
    ):
        assert sample is not None
        for name, field in model.model_fields.items():
            if field.default not in (None, ()):
                assert getattr(sample, name) == field.default, name


def test_the_examples_in_the_sample_are_valid(file: Path) -> None:
    sample = from_text(file, uncommented(file))
    assert sample.server.workers == 4
    assert sample.server.certificate == Path("/etc/sigproxy/fullchain.pem")
    assert sample.upstream.tls_maximum == "1.2"
    assert "*.skype.com" in sample.route[0].patterns


def test_each_setting_in_the_sample_is_explained() -> None:
    lines = (CONF / "sigproxy.toml").read_text().splitlines()
    groups = {"request_field_kib", "request_target_kib"}  # explained with request_head_kib
    groups |= {"websockets_per_address", "websockets"}  # with connections
    groups |= {"tls_port", "tcp_port"}  # with udp_port
    for above, line in itertools.pairwise(lines):
        if (setting := _SETTING.match(line)) and setting["key"] not in groups:
            assert above.startswith("# "), line


def test_the_acs_example_loads_and_admits_no_stranger() -> None:
    example = load(CONF / "examples" / "acs.toml", {})
    assert example.server.bind == ("0.0.0.0:8443",)
    assert not example.server.open_relay
    assert "*.communication.microsoft.com" in example.route[0].patterns
    assert example.route[0].allowed_origins == ("https://app.example.com",)
