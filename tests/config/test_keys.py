"""Access keys: from a file or a list, and never shown."""

from pathlib import Path

import pytest

from sigproxy.assembly.routes import access_keys, build_routes
from tests.config.test_routes import KEY_REMEDY, loaded, noted, refused, route

KEY, OTHER = "5d41402abc4b2a76b9719d91", "7215ee9c7d9dc229d2921a40"


def with_keys(file: Path, content: str) -> str:
    keys = file.with_name("keys")
    keys.write_text(content)
    return route("/", "path", f"keys_file = '{keys}'")


def test_keys_from_a_file_join_the_others(file: Path) -> None:
    text = with_keys(file, f"# since May\n\n  {KEY}  \n")
    settings = loaded(file, text + f"keys = ['{OTHER}']")
    assert settings.route[0].keys == (OTHER, KEY)
    assert build_routes(settings)[0].keys.keys == {KEY.encode(), OTHER.encode()}
    assert access_keys(settings).hidden_in(f"{KEY} {OTHER}") == "- -"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "keys holds no key; write one key in a line, or remove keys_file"),
        ("# nothing yet\n", "keys holds no key; write one key in a line, or remove keys_file"),
        (
            f"{KEY}\nbad key {OTHER}\n",
            "keys, line 2: a key of 32 characters is too short, too long, or has characters other "
            f"than letters, digits, '-', '_' and '~'; {KEY_REMEDY}",
        ),
        ("schlüssel-schlüssel\n", "keys has bytes outside ASCII; write one key in a line"),
    ],
)
def test_a_faulty_file_of_keys(file: Path, content: str, problem: str) -> None:
    """None of them may leave the route open to everybody, and none shows a key."""
    text = with_keys(file, content)
    assert refused(file, text) == [f"gateway.toml: route[0].keys_file: {problem}"]


def test_a_missing_file_of_keys(file: Path) -> None:
    assert refused(file, route("/", "path", "keys_file = '/nowhere/keys'")) == [
        "gateway.toml: route[0].keys_file: /nowhere/keys cannot be read: No such file or "
        "directory; create it with one key in a line, readable for the user who runs sigproxy"
    ]


def test_one_key_twice(file: Path) -> None:
    text = with_keys(file, KEY) + f"keys = ['{OTHER}', '{KEY}']"
    assert refused(file, text) == [
        "gateway.toml: route[0].keys: one key is listed twice (number 3, those of keys_file last); "
        "remove one"
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"[[route]]\nkeys = '{KEY}'",
        f"[[route]]\nkeys = ['{KEY}', 3]",
        f"[[route]]\nkeys = [['{KEY}']]",
        f"[[route]]\nkeys = {{a = '{KEY}'}}",
        f"[[route]]\nkeys = ['{KEY}!']",
        f"route = ['keys = {KEY}']",
    ],
)
def test_no_problem_shows_a_key(file: Path, text: str) -> None:
    problems = refused(file, text)
    assert problems
    assert KEY not in "\n".join(problems)


@pytest.mark.parametrize("value", ['[{"keys": ["%s"]', '{"keys": ["%s"]}', '[{"keys": "%s"}]'])
def test_no_problem_with_the_environment_shows_a_key(file: Path, value: str) -> None:
    problems = refused(file, "", {"SIGPROXY_ROUTE": value % KEY})
    assert problems
    assert KEY not in "\n".join(problems)


def test_settings_do_not_print_their_keys(file: Path) -> None:
    settings = loaded(file, route("/", "path", f"keys = ['{KEY}']"))
    assert KEY not in f"{settings!r} {settings}"


def test_the_example_with_several_vendors(file: Path) -> None:
    """It names a file of keys that only the operator can write."""
    example = Path(__file__).parents[2] / "conf" / "examples" / "several-vendors.toml"
    keys = file.with_name("keys")
    keys.write_text(KEY)
    settings = loaded(file, example.read_text().replace("/etc/sigproxy/keys", str(keys)))
    assert [route.keys for route in settings.route] == [(KEY,)] * 3
    acs, agora, watchrtc = build_routes(settings)
    host = b"/%b/1-2-3-4.edge.agora.io:4700/x" % KEY.encode()
    assert agora.dialect.resolve(b"/ws/?h=1-2-3-4.edge.agora.io&p=4700").authority.port == 4700
    assert acs.split_access_key(host)[1] == b"/1-2-3-4.edge.agora.io:4700/x"
    assert not acs.targets.admits(acs.dialect.resolve(acs.split_access_key(host)[1]).authority)
    assert (
        str(watchrtc.dialect.resolve(b"?apiKey=x")) == "https://watchrtc-server.cyara.com/?apiKey=x"
    )


def test_keys_that_everybody_can_read_are_noted(file: Path) -> None:
    text = with_keys(file, KEY)
    file.with_name("keys").chmod(0o644)
    assert noted(file, text) == ["route[0].keys_file: every user of this machine can read keys"]
    file.with_name("keys").chmod(0o640)
    assert noted(file, text) == []
