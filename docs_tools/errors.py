"""The page of errors, from the classes in ``sigproxy/errors`` and their docstrings."""

from collections.abc import Iterator
from inspect import cleandoc

from sigproxy import remedies
from sigproxy.errors import (
    GatewayError,
    InternalError,
    LimitError,
    PolicyError,
    RequestError,
    UpstreamError,
    egress,
    media,
)

INTRODUCTION = """\
# Errors

Every error response of the gateway itself is JSON:

    HTTP/1.1 403 Forbidden
    Content-Type: application/json
    Proxy-Status: sigproxy; error=http_request_denied; details="…"

    {"error": "target_refused", "detail": "…", "request_id": "158051d0-f9"}

`error` is one of the tokens below, each with its status. `detail` is a sentence for people, and
`request_id` is `id` in the [access log](access-log.md), which has `error` and `detail` too. The
response has CORS fields, so that a web page can read it. Who opens such a URL in a browser
(`Sec-Fetch-Dest: document`) gets the same as a small page of HTML.

**A response without `Proxy-Status: sigproxy` comes from the vendor**: status, fields and body are
forwarded. No vendor can imitate it: of its response, a `Proxy-Status` line with that name is
dropped; those of other proxies are forwarded.

Words such as `request_body_mib` are [settings](settings.md). The column `Proxy-Status` is the
error type of RFC 9209.
"""
SECTIONS = {
    RequestError: ("The request", "The client sent a request that cannot be forwarded."),
    PolicyError: ("Not allowed here", "The request is well-formed; the configuration refuses it."),
    LimitError: (
        "Too much",
        "A limit of `[limits]`, `[turn]` or `[network_test]` is reached. `Retry-After` says when "
        "to try again.",
    ),
    UpstreamError: ("The vendor's side", "The upstream, or the way to it, failed."),
    InternalError: ("The gateway itself", "This should not happen; please report it."),
}
_MODULES = (GatewayError.__module__, egress.__name__, media.__name__)
# Only the causes below them are raised.
GENERAL = {PolicyError, LimitError}


def page() -> str:
    return "\n".join([INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    for family, (title, about) in SECTIONS.items():
        yield f"## {title}\n\n{about}\n"
        yield "| `error` | when | what to do | `Proxy-Status` |"
        yield "|---|---|---|---|"
        yield from map(_row, causes(family))
        yield ""


def causes(family: type[GatewayError]) -> list[type[GatewayError]]:
    """Return the class of each token of *family*, by status and token."""
    found: dict[str, type[GatewayError]] = {}
    first, *others = below(family)
    for each in (*others, first):
        if each not in GENERAL:
            found.setdefault(each.token, each)
    return sorted(found.values(), key=lambda each: (each.status, each.token))


def below(error: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield error
    for each in error.__subclasses__():
        if each.__module__ in _MODULES:  # not those of a test
            yield from below(each)


def _row(error: type[GatewayError]) -> str:
    how = remedies.of(error.token).how
    return f"| {error.status} `{error.token}` | {summary(error)} | {how} | {error.proxy_error} |"


def summary(error: type[GatewayError]) -> str:
    """Return the first paragraph of the class's docstring, in Markdown."""
    first = cleandoc(error.__doc__ or "").partition("\n\n")[0]
    return " ".join(first.split()).replace("``", "`").replace("|", "\\|")
