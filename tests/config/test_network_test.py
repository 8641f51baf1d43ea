"""[network_test]: what is accepted, what cannot work, and what may be a mistake."""

from pathlib import Path

import pytest

from sigproxy.config import load, remarks
from tests.config.turn import KEY, OTHER, loaded, refused, written

ROUTE = "\n[[route]]\ntargets = ['api.example.com']\n"


def section(**values: str) -> str:
    return "\n".join(["[network_test]", *(f"{key} = {value}" for key, value in values.items())])


def test_without_the_section_there_is_nothing() -> None:
    assert load(None, {}).network_test is None


def test_the_defaults(file: Path) -> None:
    found = loaded(file, section(keys=f"['{KEY}']")).network_test
    assert found is not None
    assert (found.keys, found.allowed_origins) == ((KEY,), ())
    assert found.requests_per_address == "600/hour"


def test_the_environment_has_it_too() -> None:
    environ = {
        "SIGPROXY_NETWORK_TEST__KEYS": f"{KEY},{OTHER}",
        "SIGPROXY_NETWORK_TEST__REQUESTS_PER_ADDRESS": "60/minute",
    }
    found = load(None, environ).network_test
    assert found is not None
    assert (found.keys, found.requests_per_address) == ((KEY, OTHER), "60/minute")


def test_keys_from_a_file_join_the_others(file: Path) -> None:
    keys = written(file.with_name("keys"), f"{OTHER}\n")
    found = loaded(file, section(keys=f"['{KEY}']", keys_file=f"'{keys}'")).network_test
    assert found is not None
    assert found.keys == (KEY, OTHER)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {},
            "network_test.keys: nobody may run the test; add keys (or keys_file), with one of "
            "which a person opens /-/network/<key>",
        ),
        (
            {"allowed_origins": "['*']"},
            "network_test.allowed_origins: '*' lets every page run the test, and have TURN "
            "credentials for it; list your pages' origins; or remove it where there are keys",
        ),
        ({"keys": f"['{KEY}', '{KEY}']"}, "network_test.keys: one key is listed twice (number 2,"),
        ({"keys": "['short']"}, "network_test.keys: a key of 5 characters is too short"),
        ({"keys_file": "'/nowhere/keys'"}, "network_test.keys_file: /nowhere/keys cannot be read"),
        ({"requests_per_address": "'many'", "keys": f"['{KEY}']"}, "'many' is not"),
        ({"open": "true", "keys": f"['{KEY}']"}, "network_test.open: unknown key"),
    ],
)
def test_what_cannot_work(file: Path, values: dict[str, str], problem: str) -> None:
    [found] = refused(file, section(**values))
    assert problem in found
    assert KEY not in found


def test_a_redis_may_count_tests_alone(file: Path) -> None:
    redis = "\n[limits]\nrequest_rate_redis = 'redis://127.0.0.1:6379/0'"
    assert loaded(file, section(keys=f"['{KEY}']") + redis).limits.request_rate is None


def test_a_page_that_nobody_can_open_is_noted(file: Path) -> None:
    notes = remarks(loaded(file, section(allowed_origins="['https://app.example']") + ROUTE))
    assert any(
        note.startswith("network_test.keys: without a key nobody can open") for note in notes
    )


@pytest.mark.parametrize(("key", "is_noted"), [(OTHER, True), (KEY, False)])
def test_a_route_that_no_test_opens_is_noted(file: Path, key: str, is_noted: bool) -> None:
    text = section(keys=f"['{KEY}']") + ROUTE + f"keys = ['{key}']"
    notes = [note for note in remarks(loaded(file, text)) if "route[0]" in note]
    assert [note.startswith("network_test.keys: none of them is") for note in notes] == (
        [True] if is_noted else []
    )


def test_keys_that_everybody_can_read_are_noted(file: Path) -> None:
    keys = written(file.with_name("keys"), OTHER, 0o644)
    notes = [*remarks(loaded(file, section(keys_file=f"'{keys}'") + ROUTE))]
    assert f"network_test.keys_file: every user of this machine can read {keys}" in notes
