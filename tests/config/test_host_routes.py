"""Routes by host: what `check` refuses, with its remedy."""

from pathlib import Path

import pytest

from sigproxy.config import ConfigError, host_routes, load

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
        ([GOOD.replace("api", "api.gw.test", 1)], "route[0].hosts", "api.gw.test.gw.test"),
        ([GOOD.replace('"api"', '"gw.test"')], "route[0].hosts", "in front of the domain"),
        ([GOOD, GOOD.replace("*.gw.test", "*.GW.test.")], "route[1].host", "merge the two"),
        ([GOOD, GOOD], "route[1].host", "merge the two"),
        ([GOOD, GOOD.replace("*.gw", "*.eu.gw")], "route[1].host", "none of its requests"),
    ],
)
def test_a_mistake_is_named_once(tmp_path: Path, routes: list[str], key: str, words: str) -> None:
    problems = said(tmp_path, *routes)
    assert len(problems) == 1, problems
    assert key in problems[0].partition(": ")[0]
    assert words in problems[0]


def test_a_domain_with_a_dot_at_its_end(tmp_path: Path) -> None:
    """Requests are matched without that dot."""
    file = tmp_path / "sigproxy.toml"
    file.write_text(f"[[route]]\n{GOOD.replace('*.gw.test', '*.gw.test.')}\n")
    assert load(file, {}).route[0].host == "*.gw.test"


@pytest.mark.parametrize("theirs", ["gw.test", "GW.test:8443"])
def test_a_vendor_that_is_the_gateway(tmp_path: Path, theirs: str) -> None:
    route = GOOD.replace("gw.test", "names.test").replace("api.vendor.example", theirs)
    names = '[server]\npublic_names = ["gw.test", "gw.test:8443"]\n[[route]]\n'
    file = tmp_path / "sigproxy.toml"
    file.write_text(names + route)
    with pytest.raises(ConfigError, match=rf"{theirs}' is this gateway itself"):
        load(file, {})


def test_an_address_that_is_never_dialled(tmp_path: Path) -> None:
    [problem] = said(tmp_path, GOOD.replace("api.vendor.example", "10.0.0.5:8443"))
    assert problem.startswith("route[0].hosts: 10.0.0.5 is not a public address")


def notes(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "sigproxy.toml"
    file.write_text(text)
    return list(host_routes.remarks(load(file, {})))


def test_a_domain_above_the_name_of_the_gateway(tmp_path: Path) -> None:
    """Its other routes get no request that is sent to that name."""
    text = f'[server]\npublic_names = ["a.gw.test", "b.test", "api.gw.test"]\n[[route]]\n{GOOD}\n'
    assert notes(tmp_path, text) == []
    [note] = notes(tmp_path, text + '[[route]]\ntargets = ["a.example"]\n')
    assert note.startswith("server.public_names: all requests to a.gw.test are for route[0]")


def test_hosts_that_are_strangers(tmp_path: Path) -> None:
    text = f'[[route]]\n{GOOD[:-2]}, "*" = "{{}}.co.uk:4700", "*.x" = "{{}}.a.co.uk" }}\n'
    [note] = notes(tmp_path, text)
    assert note.startswith("route[0].hosts: {}.co.uk:4700 covers strangers' hosts")


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
