"""Markdown: a table for each direction, and what does not pass the gateway."""

from collections.abc import Iterator, Sequence

from sigproxy.tools.firewall import FROM_GATEWAY, FROM_PROXY, TO_GATEWAY, TO_PROXY, Rule
from sigproxy.tools.firewall_formats.paper import Paper, by_vendor, remarks
from sigproxy.tools.firewall_needs import FROM_SERVICES, TO_SERVICES

_TITLES = {
    TO_GATEWAY: "Clients to the gateway",
    TO_PROXY: "The gateway to its proxy",
    FROM_GATEWAY: "The gateway to the vendors",
    FROM_PROXY: "The proxy to the vendors",
    TO_SERVICES: "The gateway's own needs: what it reaches",
    FROM_SERVICES: "The gateway's own needs: what reaches it",
}


def text(paper: Paper) -> str:
    lines: list[str] = []
    *wildcards, media = remarks(paper.rules)
    for direction in dict.fromkeys(rule.direction for rule in paper.rules):
        rules = [rule for rule in paper.rules if rule.direction == direction]
        lines += [f"## {_TITLES.get(direction, f'Media: {direction}')}", "", *_table(rules), ""]
        if direction == TO_GATEWAY:
            lines += ["Signaling needs nothing else, and no connection to the clients.", ""]
        if direction == FROM_GATEWAY:
            lines += [line for remark in wildcards for line in (remark, "")]
    lines += ["## What does not pass the gateway", "", media, "", *by_vendor(paper.vendors)]
    return "\n".join(lines).rstrip() + "\n"


def _table(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield the rows; the sources have a column where the title does not say them."""
    has_sources = any(rule.direction == FROM_SERVICES for rule in rules)
    source = " from |" * has_sources
    yield f"| destination | protocol | port |{source} for | why | known from | as of |"
    yield "|---" * (7 + has_sources) + "|"
    for rule in rules:
        cells = [rule.destination, rule.protocol, rule.port, *[rule.source] * has_sources]
        cells += [rule.preset, rule.purpose, rule.known_from, rule.as_of]
        yield "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    # In Markdown, "*" would begin emphasis, and "|" would end the cell.
    return f"`{text}`" if text.startswith("*") else text.replace("|", "\\|")
