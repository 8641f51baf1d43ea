"""What mkdocs needs to show pages that live beside docs/: the changelog and the like."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
# In the repository -> in the site.
OUTSIDE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
_LINK = re.compile(r"\]\((?P<up>(?:\.\./)*)(?P<name>[A-Z]+\.md)")


def on_files(files: Files, config: Any, **_: Any) -> Files:
    for source, page in OUTSIDE.items():
        content = (ROOT / source).read_text().replace("](docs/", "](")
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead links to those pages to where they are in the site."""
    up = "../" * page.file.src_uri.count("/")
    return _LINK.sub(lambda found: f"]({up}{OUTSIDE.get(found['name'], found[0])}", markdown)
