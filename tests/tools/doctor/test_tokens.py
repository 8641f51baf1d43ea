"""Every token that a check can tell is explained, and every one that is explained can be told."""

import ast
from collections.abc import Iterator
from pathlib import Path

from docs_tools.errors import below
from sigproxy.errors import GatewayError
from sigproxy.tools import doctor
from sigproxy.tools.doctor.tokens import TOKENS

PLACES = sorted(Path(doctor.__file__).parent.rglob("*.py"))
ERRORS = {each.token for each in below(GatewayError)}
# Of these calls the argument at that place is a token.
TOLD = {"warning": 1, "failure": 1, "told": 1, "Fault": 0}


def literals(node: ast.expr) -> Iterator[str]:
    """Yield the strings that *node* may be, as far as they are written there."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=otherwise):
            yield from literals(body)
            yield from literals(otherwise)


def told() -> set[str]:
    found: set[str] = set()
    for path in PLACES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = TOLD.get(node.func.id)
                if place is not None and len(node.args) > place:
                    found.update(literals(node.args[place]))
    return found


def test_what_is_told_is_explained() -> None:
    found = told()
    assert len(found) > 40
    assert found - set(TOKENS) - ERRORS == set()


def test_what_is_explained_is_told_somewhere() -> None:
    text = "\n".join(path.read_text() for path in PLACES if path.name != "tokens.py")
    assert [token for token in TOKENS if f'"{token}"' not in text] == []


def test_no_token_has_two_meanings() -> None:
    assert set(TOKENS) & ERRORS == set()
