"""What `sigproxy dev` says, and the gateway that it configures, for each preset."""

import base64
import hashlib
import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from sigproxy.cli import main
from sigproxy.config import load
from sigproxy.missing import remedy
from sigproxy.own_pages import is_front
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields
from sigproxy.tools.dev import names, page, trust
from sigproxy.tools.setup import vendor_of
from sigproxy.tools.snippet_route import find

FILE = Path("/home/a b/ca.pem")


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_has_a_route_that_serves_its_sdk(tmp_path: Path, preset: str) -> None:
    text = names.configuration((preset,), 8443, ["http://localhost:3000"], FILE, ["127.0.0.1"])
    file = tmp_path / "dev.toml"
    file.write_text(text)

    settings = load(file, {})

    assert find(settings, vendor_of(preset)) is not None
    assert {each.allowed_origins for each in settings.route} == {("http://localhost:3000",)}
    assert settings.server.public_names == ("localhost:8443",)


def test_presets_side_by_side_have_a_route_for_each_form_of_url(tmp_path: Path) -> None:
    file = tmp_path / "dev.toml"
    chosen = ("agora", "acs", "realtimekit", "watchrtc")
    file.write_text(names.configuration(chosen, 8443, ["https://a.example"], FILE, ["::1"]))

    routes = load(file, {}).route

    shown = [(each.dialect, each.host or each.prefix, each.presets) for each in routes]
    assert shown == [
        ("path", "/", ("acs", "watchrtc")),
        ("query", "/agora", ("agora",)),
        ("host", "*.gateway.localhost", ()),
    ]


def test_the_port_of_https_is_named_where_it_binds(tmp_path: Path) -> None:
    file = tmp_path / "dev.toml"
    file.write_text(names.configuration(("acs",), 443, ["https://a.example"], FILE, names.LOOPBACK))

    server = load(file, {}).server

    assert server.bind == ("127.0.0.1:443", "[::1]:443")
    assert server.public_names == ("localhost",)


def test_a_preset_that_is_named_twice_is_one() -> None:
    assert names.titles(("acs", "acs")) == [PRESETS["acs"].title]


def test_the_certificate_is_for_each_name_that_an_sdk_asks_for() -> None:
    assert names.certified(("acs",)) == ("localhost", "127.0.0.1", "::1")
    assert names.certified(("acs", "realtimekit"))[3:] == ("*.gateway.localhost",)


def content(**changes: object) -> page.Content:
    values = {
        "gateway": Authority("localhost", 8443),
        "presets": ("acs",),
        "titles": ("Azure <Communication>",),
        "origins": ("http://localhost:3000",),
        "file": FILE,
        "config": Path("/home/a b/dev.toml"),
        "ways": trust.ways(FILE),
        "snippets": ("# Lines\n\nUse `x<y>`:\n\n```js\nproxy: '<url>'\n```\n\n- one\n- two\n",),
    }
    return page.Content(**(values | changes))  # type: ignore[arg-type]


def test_the_page_has_no_markup_but_its_own() -> None:
    body = page.reply(content()).body.decode()

    assert "Azure &lt;Communication&gt;" in body
    assert "<code>x&lt;y&gt;</code>" in body
    assert "proxy: &#x27;&lt;url&gt;&#x27;" in body
    assert "<li>one\n</li><li>two</li>" in body
    assert "<script" not in body
    assert "$" not in re.sub(r"<pre.*?</pre>", "", body, flags=re.DOTALL)


def test_its_style_is_the_only_one_that_its_policy_admits() -> None:
    answer = page.reply(content())
    policy = dict(answer.fields)[b"Content-Security-Policy"].decode()
    [style] = re.findall("<style>(.*?)</style>", answer.body.decode(), re.DOTALL)

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("method", "path", "fields", "expected"),
    [
        ("GET", b"/", [], True),
        ("HEAD", b"/", [], True),
        ("POST", b"/", [], False),
        ("GET", b"/?x=1", [], False),
        ("GET", b"/", [(b"Origin", b"http://localhost:3000")], False),
        ("GET", b"/", [(b"Upgrade", b"websocket")], False),
    ],
)
def test_the_page_is_for_who_opens_the_address(
    method: str, path: bytes, fields: list[tuple[bytes, bytes]], expected: bool
) -> None:
    assert is_front(method, path, Fields(fields)) is expected


def test_a_path_with_a_space_is_one_word_of_each_command() -> None:
    for way in trust.ways(FILE):
        for command in way.commands:
            assert "a b" not in command or "'/home/a b/ca.pem'" in command or f'"{FILE}"' in command


def test_without_cryptography_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sigproxy.cli.dev.find_spec", lambda name: None)

    result = CliRunner().invoke(main, ["dev", "--preset", "acs"])

    assert result.exit_code == 1
    assert result.stderr.startswith("`sigproxy dev` makes certificates with cryptography: ")
    assert remedy("cryptography") in result.stderr


def test_a_port_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["dev", "--preset", "acs", "--port", port])

    assert result.exit_code == 1
    assert f"127.0.0.1:{port} cannot be opened: Address already in use" in result.stderr
    assert "give another port with --port" in result.stderr


def test_an_origin_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    options = ["--preset", "acs", "--port", "0", "--origin", "localhost:3000"]

    assert CliRunner().invoke(main, ["dev", *options]).exit_code == 2  # port 0
    options[3] = "18443"
    result = CliRunner().invoke(main, ["dev", *options])

    assert result.exit_code == 1
    assert "route[0].allowed_origins: 'localhost:3000' is not an origin" in result.stderr
