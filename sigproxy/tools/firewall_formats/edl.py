"""A Palo Alto external dynamic list: one host a line, and nothing else.

Such a list is of one type. So it has the names that the gateway connects to (type "domain" or
"URL"), or, of the rules for media alone, the networks (type "IP"). Names have no comments there.
"""

from sigproxy.tools.firewall import PROXY, Rule
from sigproxy.tools.firewall_formats.paper import Paper, in_words, is_open, kind, ranges, shown
from sigproxy.tools.firewall_needs import GATEWAY, USUAL


def text(paper: Paper) -> str:
    return "".join(dict.fromkeys(f"{rule.destination}\n" for rule in _listed(paper)))


def beside(paper: Paper) -> list[str]:
    """Return for people what the list does not say: the ports, and each rule that is not in it."""
    listed = _listed(paper)
    ports = dict.fromkeys(
        f"{rule.protocol} {' '.join(shown(ranges(rule.port)))}" for rule in listed
    )
    left_out = in_words(rule for rule in paper.rules if rule not in listed)
    return [
        f"type of the list: {'IP' if paper.is_of_media else 'domain or URL'}",
        f"ports: {', '.join(ports) or 'none, for the list is empty'}",
        *(f"not in the list: {each}" for each in left_out),
    ]


def _listed(paper: Paper) -> list[Rule]:
    if paper.is_of_media:
        return [rule for rule in paper.rules if kind(rule.destination) == "network"]
    return [
        rule
        for rule in paper.rules
        if rule.source in (GATEWAY, PROXY)
        and rule.protocol == "TCP/TLS"
        and rule.known_from != USUAL
        and kind(rule.destination) in ("name", "wildcard")
        and not is_open(rule.destination)
    ]
