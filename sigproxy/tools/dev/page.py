"""The page at "/" of ``sigproxy dev``: what to trust, from where to call, and which lines to write.

One HTML document without a script; nothing is loaded from elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from sigproxy.own_pages import Reply
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.csp import still_page
from sigproxy.tools.dev.trust import Way

_FENCE = re.compile(r"^```\w*\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Content:
    """*file*: the authority's certificate; *snippets*: Markdown, as in `sigproxy snippet`."""

    gateway: Authority
    presets: Sequence[str]
    titles: Sequence[str]
    origins: Sequence[str]
    file: Path
    config: Path
    ways: Sequence[Way]
    snippets: Sequence[str]


def reply(content: Content) -> Reply:
    """Return the page as the gateway answers with it."""
    style = _read("page.css")
    fields = [*still_page(style), (b"Cache-Control", b"no-store")]
    return Reply(200, fields, html(content, style).encode(), "the page of sigproxy dev")


def html(content: Content, style: str) -> str:
    return Template(_read("page.html")).substitute(
        style=style,
        gateway=escape(f"https://{content.gateway}"),
        titles=escape(" and ".join(content.titles)),
        presets=" and ".join(f"<code>{escape(name)}</code>" for name in content.presets),
        preset=escape(" --preset ".join(content.presets)),
        ways="\n".join(map(_way, content.ways)),
        file=escape(str(content.file)),
        config=escape(str(content.config)),
        origins="\n".join(f"<li><code>{escape(each)}</code></li>" for each in content.origins),
        snippets="\n".join(piece for each in content.snippets for piece in _markdown(each)),
    )


def _way(way: Way) -> str:
    commands = escape("\n".join(way.commands))
    remark = f"<p>{escape(way.remark)}</p>" if way.remark else ""
    title = f"<summary>{escape(way.title)}</summary>"
    return f'<details>{title}<pre class="commands">{commands}</pre>{remark}</details>'


def _markdown(text: str) -> Iterator[str]:
    """Yield the HTML of as much of Markdown as the snippets have: paragraphs, lists and code."""
    end = 0
    for fence in _FENCE.finditer(text):
        yield from _paragraphs(text[end : fence.start()])
        yield f'<pre tabindex="0">{escape(fence[1])}</pre>'
        end = fence.end()
    yield from _paragraphs(text[end:])


def _paragraphs(text: str) -> Iterator[str]:
    for block in filter(None, map(str.strip, text.split("\n\n"))):
        if block.startswith("#"):
            yield f"<h3>{_inline(block.lstrip('# '))}</h3>"
        elif block.startswith("- "):
            items = re.split(r"^- ", block, flags=re.MULTILINE)[1:]
            yield "<ul>" + "".join(f"<li>{_inline(each)}</li>" for each in items) + "</ul>"
        else:
            yield f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _read(name: str) -> str:
    return resources.files("sigproxy.tools.dev").joinpath(name).read_text("utf-8")
