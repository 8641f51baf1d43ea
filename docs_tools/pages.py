"""Write what is made from code, settings and tests: pages of docs/, the dashboard, share/.

python -m docs_tools.pages        or make pages
"""

import sys
from collections.abc import Callable
from pathlib import Path

from docs_tools import (
    alerts,
    completion,
    dashboard,
    decisions,
    doctor,
    errors,
    firewall,
    man,
    marks,
    metrics,
    sdks,
    settings,
    status,
    threats,
)

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SHARE = ROOT / "share"  # what a wheel installs beside bin/


def _threats(page: str) -> str:
    return marks.write(page, "threats", threats.table(ROOT / "tests" / "threats"))


def _status(page: str) -> str:
    return marks.write(page, "document", status.fields())


# Page -> its text of now, from the text of before.
PAGES: dict[Path, Callable[[str], str]] = {
    DOCS / "adr" / "index.md": lambda _: decisions.page(DOCS / "adr"),
    DOCS / "doctor.md": lambda page: marks.write(page, "tokens", doctor.tokens()),
    DOCS / "reference" / "doctor.schema.json": lambda _: doctor.schema(),
    DOCS / "metrics.md": metrics.page,
    DOCS / "monitoring.md": lambda page: alerts.page(page, ROOT / "contrib/prometheus/rules.yml"),
    DOCS / "reference" / "errors.md": lambda _: errors.page(),
    DOCS / "reference" / "firewall.schema.json": lambda _: firewall.schema(),
    DOCS / "reference" / "sdks.md": lambda _: sdks.page((DOCS / "sdks.md").read_text()),
    DOCS / "reference" / "settings.md": lambda _: settings.page(ROOT / "conf" / "sigproxy.toml"),
    DOCS / "status.md": _status,
    DOCS / "threats.md": _threats,
    ROOT / "contrib" / "grafana" / "sigproxy.json": lambda _: dashboard.page(),
    SHARE / "man" / "man1" / "sigproxy.1": lambda _: man.page(),
    SHARE / "bash-completion" / "completions" / "sigproxy": lambda _: completion.script("bash"),
    SHARE / "zsh" / "site-functions" / "_sigproxy": lambda _: completion.script("zsh"),
    SHARE / "fish" / "vendor_completions.d" / "sigproxy.fish": lambda _: completion.script("fish"),
}


def current(path: Path) -> str:
    """Return what the page at *path* has to be."""
    return PAGES[path](path.read_text() if path.exists() else "")


def main() -> int:
    for path in PAGES:
        text = current(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
