"""One fault is one problem: what only follows from it is not listed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sigproxy.config import ConfigError, load, preflight
from tests.config.loading import refused
from tests.config.turn import SECRET, written
from tests.service.process import ROOT, toml

KEY = "a-key-of-a-client-01"


def problems(file: Path) -> list[str]:
    """Return what `check` says about *file* on a machine that has no certificate for it."""
    with pytest.raises(ConfigError) as error:
        load(file, {})
    rest, doubtful = error.value.rest, error.value.doubtful
    more = () if rest is None else preflight(rest, bind=False, doubtful=doubtful)
    assert all("cannot be read" in str(each) for each in more)
    return [str(each) for each in error.value.problems]


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((ROOT / "conf" / "examples").glob("*.toml")):
        yield path.stem, tomllib.loads(path.read_text())


def places() -> Iterator[tuple[str, str, int | None, str]]:
    """Yield each setting of each example: its name, table, index and key."""
    for name, document in examples():
        for table, content in document.items():
            routes = list(enumerate(content)) if isinstance(content, list) else [(None, content)]
            for index, keys in routes:
                yield from ((name, table, index, key) for key in keys)


@pytest.fixture
def document(file: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the example that is named, with files that there are."""
    found = dict(examples())[request.param]
    keys, secret = written(file.with_name("keys"), KEY), written(file.with_name("secret"), SECRET)
    for table in [*found["route"], *([found["turn"]] if "turn" in found else [])]:
        table |= {"keys_file": str(keys)} if "keys_file" in table else {}
        table |= {"secret_file": str(secret)} if "secret_file" in table else {}
    return found


PLACES = list(places())


@pytest.mark.parametrize("wrong", ["value", "name", "slip"])
@pytest.mark.parametrize(("document", "table", "index", "key"), PLACES, indirect=["document"])
def test_one_wrong_setting_is_one_problem(
    file: Path, document: dict[str, Any], table: str, index: int | None, key: str, wrong: str
) -> None:
    keys = document[table] if index is None else document[table][index]
    kept = keys.pop(key)
    name = {"value": key, "name": "something_else", "slip": f"{key}x"}[wrong]
    keys[name] = {"no": "such value"} if wrong == "value" else kept
    file.write_text(toml(document))

    assert len(problems(file)) == 1, problems(file)


@pytest.mark.parametrize(
    "text",
    [
        '[[route]]\npresets = ["asc"]',
        '[[route]]\nhosts = ["api.example.com"]',
        '[[routes]]\npresets = ["acs"]',
        '[[router]]\npresets = ["acs"]',
        '[routing]\npresets = ["acs"]',
        'targets = ["api.example.com"]',
        "[[route]]\nupstream = 'http://api.example.com'\ndialect = 'fixed'",
        "[[route]]\nupstream = 'https://api.example.com'\ndialect = 'fixt'",
    ],
)
def test_no_open_relay_follows_from_a_slip(file: Path, text: str) -> None:
    first, _, rest = text.partition("\n")
    server = "server = {bind = ['0.0.0.0:8443']}"
    file.write_text(f"{server}\n{first}\n{rest}")
    assert len(problems(file)) == 1
    file.write_text(f'[server]\nbind = ["0.0.0.0:8443"]\n{text}')
    assert len(problems(file)) == 1


def test_an_open_relay_beside_another_fault_is_still_named(file: Path) -> None:
    file.write_text(
        '[server]\nbind = ["0.0.0.0:8443"]\n[[route]]\ntargets = ["*.com"]\nredirects = "often"'
    )
    assert [each.split(": ")[1] for each in problems(file)] == ["route[0].redirects", "server.bind"]


def test_a_port_that_is_taken_is_no_consequence(file: Path) -> None:
    """What would be opened in place of a misspelt address says nothing about this machine."""
    file.write_text('[server]\nbnd = ["127.0.0.1:9"]\n[admin]\nbnd = "127.0.0.1:10"')
    with pytest.raises(ConfigError) as error:
        load(file, {})
    assert {("server", "bind"), ("admin", "bind")} <= error.value.doubtful


@pytest.mark.parametrize("variable", ["ROUTES", "SERVER__BINDS"])
def test_a_misspelt_variable_has_no_consequence(variable: str) -> None:
    environ = {f"SIGPROXY_{variable}": "x", "SIGPROXY_SERVER__BIND": "0.0.0.0:8443"}
    [problem] = refused(None, environ)
    assert problem.startswith(f"environment: SIGPROXY_{variable}: unknown setting")
