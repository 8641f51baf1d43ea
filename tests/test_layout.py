"""The shape of the code: what is pure stays pure, what is tested is found, files stay short."""

import ast
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "sigproxy"
TESTS = ROOT / "tests"

LONGEST = 300  # lines; what one sitting reads
IMPURE = {"asyncio", "aiohttp", "socket", "ssl", "logging", "time", "os"}


def modules(*places: str) -> list[Path]:
    """Return the modules of *places* in the package, without those that only hold a docstring."""
    found = [path for place in places for path in sorted(PACKAGE.glob(place))]
    return [path for path in found if path.name != "__init__.py"]


PURE = modules(
    *("semantics/*.py", "dialects/*.py", "policies/*.py", "media/*.py", "media/*/*.py"),
    *("shim/script.py", "peeling.py", "routing.py", "throttle.py"),
)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level package of every import, also of those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_there_are_pure_modules() -> None:
    assert len(PURE) >= 16


@pytest.mark.parametrize("path", PURE, ids=named)
def test_a_pure_module_has_its_test_file(path: Path) -> None:
    inside = path.relative_to(PACKAGE)
    assert (TESTS / inside.parent / f"test_{inside.name}").is_file()


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("semantics", "dialects", "policies", "media", "media/coturn")
        for path in (TESTS / folder).glob("test_*")
    ],
    ids=named,
)
def test_a_test_file_has_its_module(path: Path) -> None:
    """test_cookies.py is of cookies.py, and so is test_cookies_place.py, a part that has a name."""
    folder, words = path.relative_to(TESTS).parent, path.stem.split("_")[1:]
    found = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    assert any((PACKAGE / folder / f"{name}.py").is_file() for name in found)


@pytest.mark.parametrize("path", PURE, ids=named)
def test_a_pure_module_does_no_io(path: Path) -> None:
    tree = ast.parse(path.read_text())
    awaiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, awaiting)] == []
    assert IMPURE & set(imports(tree)) == set()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=named)
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST
    assert path.name == "__main__.py" or ast.get_docstring(ast.parse(text))


def test_no_file_of_the_tests_is_longer_than_one_of_the_package() -> None:
    files: list[Path] = []
    for folder, inner, names in os.walk(TESTS):
        inner[:] = [name for name in inner if name != "node_modules"]  # thousands, none of ours
        files += [Path(folder, name) for name in names if name.endswith(".py")]
    assert TESTS / "gateway" / "upstream" / "test_pool.py" in files
    assert [named(path) for path in files if len(path.read_text().splitlines()) > LONGEST] == []


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    declared = {
        re.split(r"[^\w-]", each)[0].replace("-", "_")
        for each in (*project["dependencies"], *optional["demo"], *optional["redis"])
    }
    declared = (declared - {"proxy_protocol"}) | {"proxyprotocol"}
    assert all(each.startswith("opentelemetry-") for each in optional["otel"])
    declared.add("opentelemetry")  # its packages share one name
    used = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in imports(ast.parse(path.read_text()))
        if name not in sys.stdlib_module_names and name not in ("", "sigproxy")
    }
    assert used == declared
