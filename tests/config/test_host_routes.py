"""Routes by host: what `check` refuses, with its remedy."""

from pathlib import Path

import pytest

from sigproxy.config import ConfigError, load

GOOD = 'dialect = "host"\nhost = "*.gw.test"\nhosts = { "api" = "api.vendor.example" }'


def said(tmp_path: Path, *routes: str) -> list[str]:
    file = tmp_path / "sigproxy.toml"
    file.write_text("".join(f"[[route]]\n{route}\n" for route in routes))
    try:
        load(file, {})
    except ConfigError as error:
        return [f"{each.key}: {each.what}; {each.remedy}" for each in error.problems]
    return []


def test_a_good_one_has_its_hosts_for_targets(tmp_path: Path) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text(f'[[route]]\n{GOOD[:-2]}, "*" = "{{}}.vendor.example:4700" }}\n')
    [route] = load(file, {}).route
    assert route.patterns == ("api.vendor.example:443", "*.vendor.example:4700")


@pytest.mark.parametrize(
    ("routes", "key", "words"),
    [
        (['dialect = "host"\nhosts = { "a" = "a.b.example" }'], "route[0].dialect", "*.gateway."),
        (['dialect = "host"\nhost = "*.gw.test"'], "route[0].dialect", "api.vendor.example"),
        ([GOOD + '\nprefix = "/x"'], "route[0].prefix", "remove prefix"),
        ([GOOD + f'\nkeys = ["{"k" * 32}"]'], "route[0].keys", "allowed_origins"),
        ([GOOD + '\nupstream = "https://a.example"'], "route[0].upstream", "remove upstream"),
        (['host = "*.gw.test"'], "route[0].host", 'dialect = "host"'),
        ([GOOD.replace("*.gw.test", "gw.test")], "route[0].host", "*.gateway.example"),
        ([GOOD.replace("*.gw.test", "*.test")], "route[0].host", "*.gateway.example"),
        ([GOOD.replace("*.gw.test", "*.gw.test:8443")], "route[0].host", "without a port"),
        ([GOOD.replace('"api" =', '"*" =')], "route[0].hosts", "belong together"),
        ([GOOD.replace('"api.vendor.example"', '"{}.b.example"')], "route[0].hosts", "belong"),
        ([GOOD.replace('"api" =', '"API" =')], "hosts", "lower case"),
        ([GOOD.replace('"api.vendor.example"', '"a/b"')], "hosts", "vendor"),
        ([GOOD.replace('"api.vendor.example"', '"x{}.b.example"')], "hosts", "whole first label"),
        ([GOOD.replace("api.vendor.example", "b.gw.test:444")], "route[0].hosts", "itself"),
        ([GOOD.replace('"api" = "api.vendor.example"', '"*" = "{}.gw.test"')], "hosts", "itself"),
        (
            [GOOD, GOOD.replace("*.gw", "*.eu").replace("vendor.example", "gw.test")],
            "[1]",
            "itself",
        ),
        ([GOOD, GOOD], "route[1].host", "merge the two"),
        ([GOOD, GOOD.replace("*.gw", "*.eu.gw")], "route[1].host", "none of its requests"),
    ],
)
def test_a_mistake_is_named_once(tmp_path: Path, routes: list[str], key: str, words: str) -> None:
    problems = said(tmp_path, *routes)
    assert len(problems) == 1, problems
    assert key in problems[0].partition(": ")[0]
    assert words in problems[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('certificate_names = { "59.111.0.0/33" = "a.example" }', "59.111.0.0/33"),
        ('certificate_names = { "59.111.0.0/16" = "10.0.0.1" }', "certificate"),
        ('certificate_names = { "59.111.0.0/16" = "*.a.example" }', "certificate"),
    ],
)
def test_a_certificates_name(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text(f"[upstream]\n{line}\n")
    with pytest.raises(ConfigError, match=words):
        load(file, {})
