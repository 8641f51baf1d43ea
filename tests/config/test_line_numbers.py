"""In which line each setting begins, however it is written."""

import pytest

from sigproxy.config.line_numbers import line_numbers
from sigproxy.config.problem import Loc

TEXT = '''# a comment
[server]
bind = [
    "127.0.0.1:8443", # the first
    # none of [[route]]
]
"workers" = 4

upstream.reuse = "never"
limits = { websockets = 5, connections = 6 }
[[route]]
prefix = "/a"
targets = ["""
[[route]]
"""]

[[route]]
# prefix = "/c"
prefix = "/b"
'''


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("server",), 2),
        (("server", "bind"), 3),
        (("server", "workers"), 7),
        (("server", "upstream"), 9),
        (("server", "limits"), 10),
        (("route", 0, "prefix"), 12),
        (("route", 0, "targets"), 13),
        (("route", 1, "prefix"), 19),
    ],
)
def test_each_is_found_where_it_begins(loc: Loc, line: int) -> None:
    assert line_numbers(TEXT)[loc] == line


def test_dots_and_inline_tables_are_found() -> None:
    text = "server.workers = 2\nlimits = { websockets = 5 }\n\nserver.via = true\n"

    found = line_numbers(text)

    assert found[("server", "workers")] == 1
    assert found[("limits", "websockets")] == 2
    assert found[("server", "via")] == 4


def test_what_is_not_there_has_no_line() -> None:
    assert ("server", "workers") not in line_numbers("[server]\n# workers = 4\n")
    assert line_numbers("") == {}
