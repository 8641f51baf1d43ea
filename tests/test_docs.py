"""What the documents say about errors, log and commands is what there is."""

import re
import tomllib
from pathlib import Path

import pytest

from docs_tools import decisions, marks, metrics, pages
from docs_tools.errors import below, summary
from sigproxy import errors
from sigproxy.cli import COMMANDS
from sigproxy.config import Settings
from sigproxy.config.model import known_keys
from sigproxy.exchange import UNSENT, Exchange
from sigproxy.semantics.client_tls import REASONS
from sigproxy.telemetry.access_log import pairs
from sigproxy.telemetry.shown import TRACES, shown
from tests.parity import table

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text()
EVERY = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
LONGEST_README = 110  # lines; the rest is in docs/

# Nothing of these classes is raised, but of those below them.
NEVER_SENT = {"refused", "too_many"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", pages.PAGES, ids=named)
def test_a_page_that_is_made_is_up_to_date(path: Path) -> None:
    assert path.read_text() == pages.current(path), "make pages"


@pytest.mark.parametrize("error", sorted(set(below(errors.GatewayError)), key=str))
def test_every_error_is_documented_with_its_status(error: type[errors.GatewayError]) -> None:
    assert summary(error).endswith((".", ")"))
    if error.token not in NEVER_SENT:
        page = (DOCS / "reference" / "errors.md").read_text()
        assert f"| {error.status} `{error.token}` |" in page


def test_every_name_of_the_log_is_documented() -> None:
    exchange = Exchange(id="1", started_at=0.0, started_s=0.0, peer="")
    page = (DOCS / "reference" / "access-log.md").read_text()
    names = [name for name, _ in pairs("request", exchange, shown(exchange))]
    assert [key for key in names if f"`{key}" not in page] == []


@pytest.mark.parametrize("token", sorted(UNSENT | set(REASONS) | {name for _, name in TRACES}))
def test_what_is_in_the_log_alone_is_documented(token: str) -> None:
    assert f"`{token}`" in (DOCS / "reference" / "access-log.md").read_text()


@pytest.mark.parametrize("section", Settings.model_fields)
def test_every_setting_is_documented(section: str) -> None:
    page = (DOCS / "reference" / "settings.md").read_text()
    assert re.search(rf"^## `\[+{section}\]+`$", page, re.MULTILINE)
    part = re.split(rf"^## `\[+{section}\]+`$", page, flags=re.MULTILINE)[1].partition("\n## ")[0]
    for key in known_keys()[section]:
        assert re.search(rf"^### .*`{key}`", part, re.MULTILINE), key


@pytest.mark.parametrize(
    "command",
    [
        *("serve", "check", "explain", "demo", "presets", "firewall", "snippet"),
        *("credentials", "ice", "coturn", "doctor", "top", "dev", "init"),
    ],
)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert command in COMMANDS
    assert re.search(rf"(sigproxy|make) {command}\b", README)


def test_what_media_says_is_proven_names_tests() -> None:
    page = (DOCS / "media.md").read_text().partition("## What is proven")[2].partition("## ")[0]
    rows = re.findall(r"^\| .* \| (`.*`) \|$", page, re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(.*?)`", row) if name != "-k"]
    folders = (ROOT / "tests" / "media" / "live", ROOT / "tests" / "sdk" / "ice")
    files = [path for folder in folders for path in folder.glob("test_*.py")]
    tests = "\n".join(path.read_text() for path in files)
    known = [*re.findall(r"^async def (test_\w+)", tests, re.MULTILINE)]
    known += [path.stem for path in files]
    assert len(names) > 20
    assert [name for name in names if not any(name in each for each in known)] == []


def test_the_files_that_media_names_are_there() -> None:
    named = re.findall(r"\btests/[\w/.]+", (DOCS / "media.md").read_text())
    assert len(named) > 5
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST_README


def test_the_configuration_in_the_readme_is_one() -> None:
    block = re.search(
        r"^    # /etc/sigproxy/sigproxy.toml\n(?:(?:    .*)?\n)+", README, re.MULTILINE
    )
    assert block is not None
    settings = Settings.model_validate(tomllib.loads(block[0].replace("\n    ", "\n").strip()))
    assert [route.prefix for route in settings.route] == ["/"]


def test_the_comparison_is_the_measured_one() -> None:
    measured = (DOCS / "parity.md").read_text()
    counts = re.search(r"^\| \*\*all\*\* \| (\d+) \| (\d+) \| (\d+) \|$", measured, re.MULTILINE)
    versions = re.search(r"^nginx/.*$", measured, re.MULTILINE)
    assert counts is not None
    assert versions is not None
    cases, sample, gateway = map(int, counts.groups())
    assert marks.read(README, table.MARK) == table.summary(cases, sample, gateway, versions[0])


@pytest.mark.parametrize("path", sorted((DOCS / "adr").glob("0*.md")), ids=named)
def test_a_decision_says_its_status(path: Path) -> None:
    assert decisions.read(path).number == int(path.name[:4])


def test_queries_name_metrics_that_there_are() -> None:
    page = (DOCS / "metrics.md").read_text()
    known = {row.split("`")[1] for row in metrics.table().splitlines()[2:]}
    named = set(re.findall(r"sigproxy_\w+", page.partition("## At three")[2]))
    assert named
    assert {re.sub(r"_(bucket|count)\Z", "", name) for name in named} <= known


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text()):
        assert link.startswith("https://") or (path.parent / link).exists(), link


# Decisions name what there was, and CONTRIBUTING.md what a reader is to write.
@pytest.mark.parametrize(
    "path",
    [each for each in EVERY if each.parent.name != "adr" and each.name != "CONTRIBUTING.md"],
    ids=named,
)
def test_files_that_are_named_exist(path: Path) -> None:
    roots = (ROOT, ROOT / "sigproxy") if path.name == "request.md" else (ROOT,)
    folders = "|".join(each.name for root in roots for each in root.iterdir() if each.is_dir())
    for name in re.findall(rf"`((?:{folders})/[\w./-]*[\w/])`", path.read_text()):
        assert any((root / name).exists() for root in roots), name


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    listed = set(re.findall(r"[\w/-]+\.md", navigation))
    ours = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    beside = {"changelog.md", "contributing.md", "security.md"}
    assert listed == {each for each in ours if not each.startswith("adr/0")} | beside
