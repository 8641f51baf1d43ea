"""No message about a configuration repeats an access key or a password, whatever is wrong."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.config import ConfigError, Problem, load, preflight, remarks
from sigproxy.config.masking import Redaction, masked, secrets
from tests.service.process import toml

KEY = "sup3rS3cretKey12345"
WORD = "correcthorsebattery"  # a key as well, and no different from a word
PASSWORD = "hunter2pass"
ROUTE = '[[route]]\nprefix = "/acs"\ntargets = ["api.example.com"]\n'


def said(path: Path | None, environ: Mapping[str, str] | None = None) -> str:
    """Return all that `check` would say about the file at *path*."""
    problems: tuple[Problem, ...] = ()
    try:
        settings = load(path, environ or {})
    except ConfigError as error:
        problems, rest = error.problems, error.rest
        problems += preflight(rest, bind=False) if rest is not None else ()
    else:
        problems = preflight(settings, bind=False)
        if not problems:
            return "\n".join(remarks(settings))
    return "\n".join(map(str, problems))


def is_hidden(text: str) -> bool:
    return not any(each.lower() in text.lower() for each in (KEY, WORD, PASSWORD))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


# Each with where the fault is, and a part of the remedy: hiding is no reason to say nothing.
WRONG = {
    f'keys = "{KEY}"': ("route[0].keys", "write it in brackets"),
    f'keys = "{WORD}"': ("route[0].keys", "write it in brackets"),
    f'keys = [["{WORD}"]]': ("route[0].keys", "put it in quotes"),
    f'keys = {{a = "{WORD}"}}': ("route[0].keys", "write it in brackets"),
    f"keys = {{{WORD} = 1}}": ("route[0].keys", "write it in brackets"),
    f'keys = ["{WORD}!"]': ("route[0].keys", "use 8 to 128"),
    f'keys = ["{WORD}", "{WORD}"]': ("route[0].keys", "remove one"),
    f'key = ["{WORD}"]': ("route[0].key", "did you mean keys?"),
    f"{KEY} = 1": ("route[0].***", "known here: prefix"),
    f"{WORD} = 1": ("route[0].***", "known here: prefix"),
    f'"{WORD} x" = 1': ("route[0].***", "known here: prefix"),
    f'keys_file = "{WORD}"': ("route[0].keys_file", "create it"),
    f'keys_file = "{KEY}\\n{WORD}"': ("route[0].keys_file", "create it"),
    f'keys_file = ["{WORD}"]': ("route[0].keys_file", "put it in quotes"),
    f'keys = ["{WORD}"]\nprefix2 = "{WORD}"': ("route[0].***", "did you mean prefix?"),
    f'allowed_origins = ["https://u:{PASSWORD}@a.example"]': ("allowed_origins", "write scheme"),
    f'allowed_origins = ["https://u:{WORD}@a.example"]': ("allowed_origins", "write scheme"),
    f'allowed_origins = ["app://u:{WORD}@a.example"]': ("allowed_origins", "write scheme"),
    f'allowed_origins = ["https://a.example?key={WORD}"]': ("allowed_origins", "write scheme"),
    f'allowed_origins = ["https://A:{WORD}@B"]': ("allowed_origins", "write scheme"),
    f'presets = ["{KEY}"]': ("route[0].presets", "known: "),
    f'dialect = "{KEY}"': ("route[0].dialect", "known: "),
    f'redirects = "{KEY}"': ("route[0].redirects", "choose "),
    f'keep_path = "{KEY}"': ("route[0].keep_path", "write true or false"),
    f'upstream = "{KEY}"': ("route[0].upstream", "write https://"),
    f'upstream = "https://u:{WORD}@a.example/"': ("route[0].upstream", "write https://"),
    f'upstream = "https://a.example/?apiKey={WORD}"': ("route[0].upstream", "write https://"),
    f'upstream = "https://a.example/#{WORD}"': ("route[0].upstream", "write https://"),
    f'upstream = "https://u:pa/{WORD}@a.example/"': ("route[0].upstream", "write https://"),
}


@pytest.mark.parametrize("line", WRONG)
def test_a_route_with_a_secret_in_it(file: Path, line: str) -> None:
    file.write_text(ROUTE + line)
    text = said(file)

    assert is_hidden(text), text
    where, remedy = WRONG[line]
    assert where in text
    assert remedy in text


REDIS = f"redis://:{WORD}@127.0.0.1"


@pytest.mark.parametrize(
    "text",
    [
        f'[[route]]\ntargets = ["u:{PASSWORD}@a.example.com"]',
        f'[[route]]\ntargets = ["u:{WORD}@a.example.com:443"]',
        f'[[route]]\ntargets = ["https://u:{WORD}@a.example.com/"]',
        f'[[route]]\nprefix = "{KEY}"',
        f'[[route]]\nprefix = "/acs/{WORD}/"\nkeys = ["{WORD}"]',
        f'[[route]]\ntargets = ["{WORD}.x:y"]\nkeys = ["{WORD}"]',
        f'[server]\npublic_names = ["u:{WORD}@gw.example"]',
        f'[server]\nbind = ["u:{WORD}@127.0.0.1:80"]',
        f'[server]\ncertificate = "{KEY}"',
        f'[server]\nprivate_key = "-----BEGIN PRIVATE KEY-----\\n{WORD}\\n"\ncertificate = "c.pem"',
        f'[server]\nworkers = "{KEY}"',
        f'[server]\n{KEY} = "x"',
        f'[{KEY}]\na = "x"',
        f'server = "{WORD}"',
        f'server = ["{WORD}"]',
        f'server = [{{request_rate_redis = "{REDIS}"}}]',
        f'limits = "{REDIS}"',
        f'route = "{WORD}"',
        f'route = ["{WORD}"]',
        f"route = {{{WORD} = 1}}",
        f'[upstream]\nnameservers = ["u:{WORD}@192.0.2.1"]',
        f'[upstream]\nnameservers = ["{REDIS}"]',
        f'[upstream]\nallow_networks = ["{KEY}"]',
        f'[limits]\nrequest_rate = "{REDIS}"',
        f'[limits]\nrequest_rate_redis = ["{REDIS}"]',
        f'[limits]\nrequest_rate_redis = {{{WORD} = "{REDIS}"}}',
        f'[limits]\nrequest_redis = "{REDIS}"',
        f'[server]\nrequest_rate_redis = "{REDIS}"',
        f'[access_log]\npath = "/nowhere/{WORD}/a.log"\n[[route]]\nkeys = ["{WORD}"]',
        f'[access_log]\nformat = "{KEY}"',
        f'[admin]\nbind = "u:{WORD}@127.0.0.1:9901"',
        # What is no TOML: the parser's messages name keys and characters.
        f'[[route]]\nkeys = ["{WORD}\n',
        f"[[route]]\nkeys = [{WORD}]\n",
        f"[{WORD}]\n[{WORD}]\n",
        f"{WORD} = 1\n{WORD} = 2\n",
        f"x = {{{WORD} = 1, {WORD} = 2}}\n",
        f"{WORD} = 1\n[{WORD}.b]\n",
        f"x.{WORD} = 1\nx.{WORD}.y = 2\n",
        f"[[{WORD}]]\n[{WORD}]\n",
    ],
)
def test_a_secret_in_another_place(file: Path, text: str) -> None:
    file.write_text(text)
    problems = said(file)
    assert problems
    assert is_hidden(problems), problems


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{WORD}@127.0.0.1:abc/0",
        f"redis://:{WORD}@127.0.0.1:70000/0",
        f"redis://:{WORD}@127.0.0.1/xyz",
        f"redis://:{WORD}@[::1/0",
        f"redis://:{WORD}@[zz]/0",
        f"redis://:{WORD}@/0",
        f"redis://:{WORD}@a b/0",
        f"redis://:{WORD}/x@127.0.0.1",
        f"redis://:{WORD}#x@127.0.0.1",
        f"redis://:{WORD}\u2100@127.0.0.1",
        f"redis://127.0.0.1/0?password={WORD}&x=1",
        f"redis://127.0.0.1/0?{WORD}=1",
        f"redis://127.0.0.1/0?db={WORD}",
        f"http://:{WORD}@127.0.0.1/0",
        f"redis:{WORD}",
        WORD,
    ],
)
def test_a_redis_with_a_password(url: str) -> None:
    environ = {"SIGPROXY_LIMITS__REQUEST_RATE": "9/second"}
    problems = said(None, environ | {"SIGPROXY_LIMITS__REQUEST_RATE_REDIS": url})
    assert problems.startswith("environment: SIGPROXY_LIMITS__REQUEST_RATE_REDIS: ")
    assert "; " in problems
    assert is_hidden(problems), problems


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ROUTE", f'[{{"keys": ["{WORD}"'),
        ("ROUTE", f'{{"keys": ["{WORD}"]}}'),
        ("ROUTE", WORD),
        ("ROUTE", f'[["{WORD}"]]'),
        ("ROUTE__0__KEYS", WORD),
        (KEY, "1"),
        (WORD, "1"),
        (WORD.upper(), "1"),
        (f"ROUTE__0__{WORD}", "1"),
        (f"SERVER__{WORD}", "1"),
        (f"SERVICE_{KEY}", "1"),
        ("KEYS", WORD),
    ],
)
def test_a_secret_in_the_environment(name: str, text: str) -> None:
    problems = said(None, {f"SIGPROXY_{name}": text})
    assert problems.startswith("environment: SIGPROXY_")
    assert is_hidden(problems), problems


def test_a_slip_of_the_keyboard_is_still_named() -> None:
    problems = said(None, {"SIGPROXY_LIMITS__CONECTIONS": "1", "SIGPROXY_SERVER__WORKERS": "many"})
    assert "SIGPROXY_LIMITS__CONECTIONS: unknown setting; did you mean" in problems
    assert "not 'many'" in problems


def test_the_place_of_a_hidden_name_is_told(file: Path) -> None:
    file.write_text(f"[limits]\nconnections = 9\n{KEY} = 1\n")
    assert "limits.***: the key at place 2 is unknown" in said(file)


@pytest.mark.parametrize(
    "content",
    [f"{WORD}\n{WORD} {WORD}", f"{WORD}!", f"{WORD}ü", f"keys = {WORD}", "\ufeff# none\n"],
)
def test_what_is_wrong_in_a_file_of_keys(file: Path, content: str) -> None:
    keys = file.with_name("list")
    keys.write_text(content)
    file.write_text(f'{ROUTE}keys_file = "{keys}"')
    problems = said(file)
    assert f"route[0].keys_file: {keys}" in problems
    assert is_hidden(problems), problems


def test_a_configuration_in_the_place_of_its_path() -> None:
    problems = said(Path(f'[[route]]\nkeys = ["{WORD}"]\n'))
    assert problems.startswith("the configuration: file: cannot be read: ")
    assert is_hidden(problems)


_shapes = st.recursive(
    st.just(WORD) | st.sampled_from([f"u:{WORD}@h", f"https://h/?k={WORD}", 1, True, "x"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["keys", "a", WORD]), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(
    st.sampled_from(["keys", "keys_file", WORD]),
    _shapes,
    st.sampled_from([{}, {"prefix": "x"}, {"dialect": "y"}, {"targets": [WORD + "."]}]),
)
def test_whatever_shape_the_secret_setting_has(name: str, value: Any, other: Any) -> None:
    route = {"keys": [WORD]} | other | {name: value}
    problems = said(None, {"SIGPROXY_ROUTE": json.dumps([route])})
    assert is_hidden(problems), problems


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10.0.0.1/8", "10.0.0.1/8"),
        ("2001:db8::53", "2001:db8::53"),
        ("api.example.com:4000-49999", "api.example.com:4000-49999"),
        ("https://u:p@h/x?y", "https://***@h/x?***"),
        ("u:p@s@h:1", "***@h:1"),
        ("https://h/?mail=a@b&key=c", "https://***@b&***"),
        (f"https://{KEY}.example.com", "https://***.example.com"),
        (f"a\n{WORD}", "***"),
        (REDIS, "***"),
    ],
)
def test_what_is_left_of_a_value(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_what_counts_as_secret_in_a_document() -> None:
    document = {
        "limits": {"request_rate_redis": "redis://user:pa:ss@h"},
        "route": [{"keys": ["first-key", ["second"]], "keys_file": "/etc/keys", "kyes": "x"}],
        "server": {"private_key": "/etc/key.pem"},
    }
    assert set(secrets(document)) - {""} == {"pa:ss", "first-key", "second"}


def test_a_secret_is_taken_out_in_either_case() -> None:
    assert Redaction(["Abcdefgh"])("see ABCDEFGH and abcdefghi") == "see *** and ***i"
    assert "Abcdefgh" not in repr(Redaction(["Abcdefgh"]))


def test_the_document_of_the_tests_is_toml(file: Path) -> None:
    file.write_text(toml({"route": [{"keys": [KEY]}]}))
    assert said(file) == ""
