"""The page shim as it is served and bundled: what is in it, what is not, and how large it is."""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sigproxy import __version__
from sigproxy.policies.targets import Pattern
from sigproxy.presets import PRESETS
from sigproxy.shim import script
from sigproxy.shim.script import Script, Turn, bundled, shown
from sigproxy.shim.source import script_of, source

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sigproxy" / "shim"
ESBUILD = ROOT / "tests" / "sdk" / "node_modules" / ".bin" / "esbuild"
SOURCE = "(function f(conf, self) {})(SETTINGS, self);\n"
HOSTS = (Pattern.parse("*.example.com"), Pattern.parse("api.example.net:8443"))


def settings(text: str) -> dict[str, object]:
    """Return what is filled in, of SOURCE or of the real script."""
    found = re.search(r"\}\)\((\{.*\}),\s?(?:self\)|typeof )", text)
    assert found is not None
    read: dict[str, object] = json.loads(found[1])
    return read


@pytest.mark.parametrize(
    "text",
    [
        *("*", "*:*", "*.com:*", "*.example.com", "*.example.com:8443", "*.agora.io:4000-4999"),
        *("api.example.com", "api.example.com:1-65534", "10.0.0.5:8443", "[2001:db8::1]:8443"),
        *("[2001:db8::1]", "59.111.0.0/16", "59.111.0.0/16:4001-4999"),
    ],
)
def test_a_pattern_is_shown_as_it_is_spelled(text: str) -> None:
    assert shown(Pattern.parse(text)) == text
    assert Pattern.parse(shown(Pattern.parse(text))) == Pattern.parse(text)


def test_what_is_shown_is_what_browsers_call_a_host() -> None:
    assert shown(Pattern.parse("API.Example.COM.:443")) == "api.example.com"
    assert shown(Pattern.parse("[2001:DB8:0::1]:443")) == "[2001:db8::1]"


def test_what_is_served_follows_from_the_configuration_alone() -> None:
    served = Script.of(SOURCE, HOSTS, None)
    assert served == Script.of(SOURCE, HOSTS, None)
    assert settings(served.text.decode()) == {
        "version": __version__,
        "hosts": ["*.example.com", "api.example.net:8443"],
    }
    assert served.digest != Script.of(SOURCE, HOSTS[:1], None).digest
    assert served.digest != Script.of(SOURCE, HOSTS, 0).digest
    assert gzip.decompress(served.compressed) == served.text


def test_networks_of_ipv6_are_not_in_the_list_since_the_script_does_not_know_them() -> None:
    texts = ("[2001:db8::/32]:443", "59.111.0.0/16:4001-4999", "[2001:db8::1]")
    hosts = list(map(Pattern.parse, texts))
    turn = Turn("https://gw.example/-/ice", "before")
    made = bundled(SOURCE, hosts, "https://gw.example", turn, is_module=False)
    for text in (Script.of(SOURCE, hosts, None).text.decode(), made):
        assert settings(text)["hosts"] == ["59.111.0.0/16:4001-4999", "[2001:db8::1]"]


def test_the_integrity_is_of_what_is_served() -> None:
    served = Script.of(SOURCE, HOSTS, None)
    digest = base64.b64encode(hashlib.sha384(served.text).digest()).decode()
    assert served.integrity == f"sha384-{digest}"


@pytest.mark.parametrize(
    ("prefix", "is_keyed", "levels"),
    [("/", False, 0), ("/", True, 1), ("/acs", False, 1), ("/acs/eu", True, 3)],
)
def test_how_far_above_the_ice_servers_are(prefix: str, is_keyed: bool, levels: int) -> None:
    made = script_of(prefix, ["*.example.com"], is_keyed=is_keyed, has_ice=True)
    assert settings(made.text.decode())["ice"] == levels
    made = script_of(prefix, ["*.example.com"], is_keyed=is_keyed, has_ice=False)
    assert "ice" not in settings(made.text.decode())


def test_a_bundle_knows_its_gateway() -> None:
    turn = Turn("https://gw.example/-/ice?sdk=webrtc", "before")
    text = bundled(SOURCE, HOSTS, "https://gw.example/acs", turn, is_module=False)
    assert settings(text) == {
        "version": __version__,
        "hosts": ["*.example.com", "api.example.net:8443"],
        "base": "https://gw.example/acs",
        "turn": {"url": "https://gw.example/-/ice?sdk=webrtc", "place": "before"},
    }
    module = bundled(SOURCE, HOSTS, "https://gw.example/acs", turn, is_module=True)
    assert module == text.replace("(function", "export default (function", 1)


def test_a_source_without_the_place_is_a_fault_that_is_named() -> None:
    with pytest.raises(ValueError, match="lacks"):
        script.filled("no place", {})


def test_it_is_small() -> None:
    """4 KiB as it travels, with the hosts of whichever vendor."""
    for preset in PRESETS.values():
        made = script_of("/acs", preset.targets, is_keyed=True, has_ice=True)
        assert len(made.compressed) < 4096, preset.name


def test_what_is_served_says_how_to_read_it() -> None:
    first = source_of_route().splitlines()[0]
    assert first == f"// sigproxy {__version__}, Apache-2.0; readable: sigproxy/shim/shim.js"


def source_of_route() -> str:
    return script_of("/", ["*.example.com"], is_keyed=False, has_ice=False).text.decode()


def test_the_readable_script_is_es2018() -> None:
    """Newer syntax would be lowered, and the script is to be what is read."""
    text = (PACKAGE / "shim.js").read_text()
    operators = (r"\?\.[^\d]", r"\?\?", r"\bcatch \{", r"#\w+")
    methods = (r"\.flat\(", r"\.flatMap\(", r"\.at\(", r"\.matchAll\(", "globalThis", "fromEntries")
    newer = (*operators, *methods)
    assert [each for each in newer if re.search(each, text)] == []


def test_what_is_served_is_made_of_the_readable_script() -> None:
    if not ESBUILD.exists() or shutil.which("node") is None:
        pytest.skip("esbuild is not installed: make shim installs it, with npm")
    command = [str(ESBUILD), "--minify", "--target=es2018", str(PACKAGE / "shim.js")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert made == source(), "run `make shim`"
