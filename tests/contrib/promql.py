"""What an expression of PromQL names: metrics, and the labels that it asks of them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# https://prometheus.io/docs/prometheus/latest/querying/functions and .../operators: what is used.
_FUNCTIONS = {"sum", "min", "max", "count", "rate", "increase", "changes", "time", "vector"}
_FUNCTIONS |= {"histogram_quantile"}
_WORDS = {"and", "or", "unless", "by", "on", "ignoring", "without", "group_left", "group_right"}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SELECTOR = re.compile(r"([a-z_:][\w:]*)\{([^{}]*)\}", re.IGNORECASE)
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")')
_LABELS = re.compile(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\(([^()]*)\)")
_NAME = re.compile(r"(?<![\w:.$])[a-z_:][\w:]*", re.IGNORECASE)


class Matcher(NamedTuple):
    metric: str
    label: str
    operator: str
    value: str


def matchers(expression: str) -> Iterator[Matcher]:
    for metric, inside in _SELECTOR.findall(expression):
        for label, operator, value in _MATCHER.findall(inside):
            yield Matcher(metric, label, operator, value.strip('"'))


def grouped(expression: str) -> set[str]:
    """Return the labels that *expression* groups or joins by."""
    found = _LABELS.findall(_STRING.sub("", expression))
    return {label.strip() for each in found for label in each.split(",") if label.strip()}


def metrics(expression: str) -> set[str]:
    """Return every name that is none of PromQL's own."""
    text = _STRING.sub("", expression)
    text = _LABELS.sub(" ", re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", text))
    return set(_NAME.findall(text)) - _FUNCTIONS - _WORDS
