"""What ``sigproxy snippet`` prints works: an SDK that is given it ends at its vendor's hosts."""

import re
from pathlib import Path

import pytest

from sigproxy.config import load
from sigproxy.media.offer import MODES
from sigproxy.media.sdks import SDKS
from sigproxy.tools.vendors import VENDORS
from tests.tools import turn_file
from tests.tools.snippets import (
    ACS_SETUP,
    CALLS,
    IN_THE_APP,
    KEY,
    KEYED,
    SERVER,
    STATS,
    Rule,
    acs,
    agora_ap,
    glued,
    lines,
    ran,
    route,
    upstream,
    value,
    watchrtc_socket,
    watchrtc_trace,
    written,
)


@pytest.mark.parametrize(("vendor", "sdk", "target"), CALLS)
@pytest.mark.parametrize("prefix", ["/", "/a", "/a/b-c"])
@pytest.mark.parametrize("keyed", [False, True])
def test_an_sdk_that_is_given_the_lines_ends_at_its_vendor(
    vendor: str, sdk: Rule, target: str, prefix: str, keyed: bool, tmp_path: Path
) -> None:
    keys = (f'keys = ["{KEY}", "another-0123456789"]',) if keyed else ()
    file = written(tmp_path, SERVER + route(vendor, prefix, *keys))

    given = value(vendor, lines(vendor, file))

    settings = load(file, {})
    assert "gw.hospital.example:8443" in given
    assert (KEY in given) == keyed
    assert upstream(settings, sdk(given, target)) == target
    if keyed:
        assert upstream(settings, sdk(given.replace(f"/{KEY}", ""), target)) is None
        assert upstream(settings, sdk(given.replace(KEY, "guess-0123456789"), target)) is None


@pytest.mark.parametrize("prefix", ["/", "/stats"])
@pytest.mark.parametrize("keys", ["", f'keys = ["{KEY}"]'])
def test_watchrtc_on_a_fixed_route_names_no_host(prefix: str, keys: str, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f'{SERVER}[[route]]\nprefix = "{prefix}"\n{keys}\ndialect = "fixed"\n'
        f'upstream = "{STATS}/"\n',
    )

    given = value("watchrtc", lines("watchrtc", file))

    assert "cyara" not in given
    assert given == f"wss://gw.hospital.example:8443{prefix.rstrip('/')}" + ("/" + KEY) * bool(keys)
    settings = load(file, {})
    assert upstream(settings, watchrtc_socket(given, f"{STATS}/?apiKey=a")) == f"{STATS}/?apiKey=a"
    assert upstream(settings, watchrtc_trace(given, "")) == f"{STATS}/trace"


def test_the_fixed_route_is_preferred_for_watchrtc(tmp_path: Path) -> None:
    fixed = f'[[route]]\nprefix = "/stats"\ndialect = "fixed"\nupstream = "{STATS}/"\n'
    file = written(tmp_path, SERVER + route("watchrtc", "/") + fixed)
    assert value("watchrtc", lines("watchrtc", file)).endswith(":8443/stats")


def test_the_route_made_for_the_vendor_is_preferred(tmp_path: Path) -> None:
    anything = '[[route]]\nprefix = "/any"\ntargets = ["*.com:*", "*.net:*"]\n'
    file = written(tmp_path, SERVER + anything + route("acs", "/acs"))
    assert value("acs", lines("acs", file)).endswith(":8443/acs")


def test_a_route_that_lists_the_hosts_itself_serves(tmp_path: Path) -> None:
    own = '[[route]]\nprefix = "/x"\ntargets = ["*.opentok.com", "*.tokbox.com"]\n'
    file = written(tmp_path, SERVER + own)
    assert value("vonage", lines("vonage", file)) == "https://gw.hospital.example:8443/x"


def test_the_government_clouds_are_acs_too(tmp_path: Path) -> None:
    file = written(tmp_path, f'{SERVER}[[route]]\nprefix = "/gov"\npresets = ["acs-gov"]\n')
    given = value("acs", lines("acs", file))
    target = "https://config.ecs.gov.teams.microsoft.us/config/v1/x"
    assert upstream(load(file, {}), acs(given, target)) == target


# --- form ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", KEYED)
def test_a_key_is_called_a_secret_wherever_it_stands(vendor: str, tmp_path: Path) -> None:
    plain = lines(vendor, written(tmp_path, SERVER + route(vendor, "/")))
    keyed = lines(vendor, written(tmp_path, SERVER + route(vendor, "/", f'keys = ["{KEY}"]')))
    assert "secret: keep it out" not in plain
    blocks = [block for block in keyed.split("```")[1::2] if KEY in block]
    assert blocks
    assert all("This URL has an access key" in block for block in blocks)


@pytest.mark.parametrize("vendor", IN_THE_APP)
def test_the_form_of_the_value(vendor: str, tmp_path: Path) -> None:
    given = value(vendor, lines(vendor, written(tmp_path, SERVER + route(vendor, "/p"))))
    assert not given.endswith("/")
    scheme = {"agora": "", "watchrtc": "wss://"}.get(vendor, "https://")
    assert given.startswith(f"{scheme}gw.hospital.example:8443/p")


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_placeholder_is_filled_and_the_text_fits(vendor: str, tmp_path: Path) -> None:
    text = lines(vendor, written(tmp_path, SERVER + route(vendor, "/acs")))
    assert "$" not in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("vendor", "reasons"),
    [
        ("acs", ("A secret in the query", "`http://`", "Teams", "Audio")),
        ("watchrtc", ("A slash at the end", "A secret in the query", 'dialect = "fixed"')),
        ("agora", ("`https://` in front", "A secret in the query", "startProxyServer", "Audio")),
        ("vonage", ("A secret in the query", "add-on", "Audio")),
        ("daily", ("A secret in the query", "add-on", "Audio")),
        ("express", ("A secret in the query", "`http://`", "`secure: false`", "audio")),
    ],
)
def test_what_does_not_work_is_said(vendor: str, reasons: tuple[str, ...], tmp_path: Path) -> None:
    text = lines(vendor, written(tmp_path, SERVER + route(vendor, "/")))
    behind = text.partition("Does not work:")[2]
    assert [reason for reason in reasons if reason not in text] == []
    assert "keys" in behind


WITH_MEDIA = {"acs": "acs-web", "agora": "agora", "vonage": "vonage", "daily": "daily"}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("keyed", [False, True])
def test_media_is_asked_for_where_the_gateway_answers(
    vendor: str, keyed: bool, tmp_path: Path
) -> None:
    keys = f'keys = ["{KEY}"]' if keyed else 'allowed_origins = ["https://app.example.com"]'
    file = turn_file.written(tmp_path, keys, SERVER + route(vendor, "/"))
    file.write_text(file.read_text().replace("open = true\n", ""))
    text = lines(vendor, file).partition("\n## Media\n")[2]
    if vendor not in WITH_MEDIA:
        assert text == ""
        return
    asked = re.findall(r"https://gw\.hospital\.example:8443(/-/ice\S*)\?sdk=([\w-]+)", text)
    assert asked[0] == (f"/-/ice/{KEY}" if keyed else "/-/ice", WITH_MEDIA[vendor])
    named = {sdk for _, sdk in asked} | set(re.findall(r"`sdk=([\w-]+)`", text))
    assert named <= set(SDKS)
    assert ("keep it out of tickets" in text) == keyed
    assert "Needs `[turn]`" not in text
    assert "Needs `[turn]`" in lines(vendor, written(tmp_path, SERVER + route(vendor, "/")))


def test_each_native_sdk_of_acs_is_given_every_member() -> None:
    blocks = dict(re.findall(r"```(java|swift|csharp)\n(.*?)```", _media("acs"), re.S))
    members = ("urls", "udpport", "realm", "username", "password")
    for language, block in blocks.items():
        spelt = block.lower().replace("uris", "urls")  # as Windows has it
        lacking = [name for name in members if name not in spelt]
        assert lacking == [], language
    assert len(blocks) == 3


def test_agoras_own_proxy_is_told_in_our_terms() -> None:
    text = _media("agora")
    for word in ("startProxyServer(3)", "startProxyServer(5)", "stopProxyServer", *MODES):
        assert word in text


def _media(vendor: str) -> str:
    return ran(vendor).stdout.partition("\n## Media\n")[2]


# What the lines say does not work, does not.


def test_a_secret_in_the_query_really_does_not_work(tmp_path: Path) -> None:
    file = written(tmp_path, SERVER + route("acs", "/acs") + route("vonage", "/ot"))
    settings = load(file, {})
    given = value("acs", lines("acs", file))
    assert upstream(settings, acs(f"{given}?key=k", ACS_SETUP)) is None
    given = value("vonage", lines("vonage", file))
    assert upstream(settings, glued(f"{given}?key=k", "https://config.opentok.com/x")) is None


def test_a_scheme_in_agoras_value_really_does_not_work(tmp_path: Path) -> None:
    file = written(tmp_path, SERVER + route("agora", "/"))
    target = "https://webrtc2-ap-web-1.agora.io/api/v2"
    given = value("agora", lines("agora", file))
    assert agora_ap(f"https://{given}", target).startswith("https://https://")
