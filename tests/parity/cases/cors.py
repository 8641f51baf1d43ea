"""Preflights, and what a page is allowed to read (Fetch, 3.2)."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, decide, fix, keep
from tests.parity.requests import ORIGIN, UP, ask, get, post, preflight, request

PAGE = "https://app.example"
ALLOW = "access-control-allow-"
WANTS_POST = "Access-Control-Request-Method: POST"
WANTS_FIELDS = "Access-Control-Request-Headers: authorization,content-type,x-ms-client-version"
PATH = f"{UP}/x"
READABLE = (
    client.field_count(f"{ALLOW}origin", 1),
    client.field_like(f"{ALLOW}origin", rf"^(\*|{PAGE})$"),
)
ANSWERED_HERE = (client.status(204), upstream.requests(0))

PREFLIGHTS: tuple[Case, ...] = (
    keep(
        "opt-preflight",
        "answered by the gateway, with 204",
        preflight(PATH, WANTS_POST, WANTS_FIELDS),
        *ANSWERED_HERE,
        *READABLE,
        client.field_like(f"{ALLOW}methods", "POST"),
        client.field_like(f"{ALLOW}headers", "."),
        client.field_like("access-control-max-age", r"^\d+$"),
    ),
    fix(
        "opt-preflight-authorization",
        "'*' does not cover Authorization (Fetch, CORS non-wildcard request-header name)",
        preflight(PATH, WANTS_POST, WANTS_FIELDS),
        *ANSWERED_HERE,
        client.field_lists(f"{ALLOW}headers", "authorization", "x-ms-client-version"),
    ),
    fix(
        "opt-preflight-credentials",
        "'*' and credentials exclude one another (Fetch, CORS check): the origin is reflected",
        preflight(PATH, WANTS_POST),
        *ANSWERED_HERE,
        client.field(f"{ALLOW}origin", PAGE),
        client.field(f"{ALLOW}credentials", "true"),
        client.field_lists("vary", "origin"),
    ),
    *(
        fix(
            f"opt-preflight-{method.lower()}",
            f"{method} is used by the SDKs; the sample allows GET, POST and OPTIONS",
            preflight(PATH, f"Access-Control-Request-Method: {method}"),
            *ANSWERED_HERE,
            client.field_like(f"{ALLOW}methods", rf"{method}|\*"),
        )
        for method in ("PUT", "PATCH", "DELETE")
    ),
    fix(
        "opt-no-length",
        "a 204 has no Content-Length (RFC 9110, 8.6)",
        preflight(PATH, WANTS_POST),
        *ANSWERED_HERE,
        client.no_field("content-length", "content-type"),
    ),
    fix(
        "opt-private-network",
        "a page on the Internet, a gateway in the intranet (Private Network Access)",
        preflight(PATH, WANTS_POST, "Access-Control-Request-Private-Network: true"),
        *ANSWERED_HERE,
        client.field(f"{ALLOW}private-network", "true"),
    ),
    decide(
        "opt-preflight-no-slash",
        "a preflight for a host without a path",
        preflight(f"{UP}?x=1", WANTS_POST),
        *ANSWERED_HERE,
        *READABLE,
    ),
    decide(
        "opt-preflight-foreign",
        "an origin that allowed_origins does not list is not let in",
        ask(request(PATH, "Origin: https://foreign.example", WANTS_POST, method="OPTIONS")),
        client.no_field(f"{ALLOW}credentials"),
        upstream.requests(0),
    ),
    decide(
        "opt-plain",
        "OPTIONS without an origin is no preflight",
        ask(request(PATH, method="OPTIONS")),
        client.status(200, 204),
        sample_agrees="it answers every OPTIONS itself",
    ),
    decide(
        "opt-unmatched",
        "a preflight for a path without a host: an error that the page may read",
        preflight("/nothing", WANTS_POST),
        client.status(204, 400, 403, 404, 405),
        *READABLE,
    ),
    decide(
        "opt-star",
        "OPTIONS * asks about the gateway itself",
        ask(request("*", method="OPTIONS")),
        client.status(200, 204, 400, 404, 405, 501),
        upstream.requests(0),
        sample_agrees="it answers 400",
    ),
)

RESPONSES: tuple[Case, ...] = (
    fix(
        "cors-get",
        "the response has the allowing field; the sample sets it on the request",
        get(PATH, ORIGIN),
        client.status(200),
        *READABLE,
    ),
    fix(
        "cors-get-credentials",
        "a listed origin may send credentials, and caches are told that Origin matters",
        get(PATH, ORIGIN),
        client.field(f"{ALLOW}origin", PAGE),
        client.field(f"{ALLOW}credentials", "true"),
        client.field_lists("vary", "origin"),
    ),
    decide(
        "cors-get-foreign",
        "no page of a foreign origin reads a response",
        get(PATH, "Origin: https://foreign.example"),
        client.no_field(f"{ALLOW}origin", f"{ALLOW}credentials"),
        sample_agrees="it never sets the field",
    ),
    keep(
        "cors-upstream",
        "what the upstream allows passes, once",
        get(f"{UP}/_/cors", ORIGIN),
        client.status(200),
        client.field(f"{ALLOW}origin", PAGE),
        client.field_lists("vary", "origin"),
    ),
    keep(
        "cors-expose",
        "the fields that the upstream exposes",
        get(f"{UP}/_/cors", ORIGIN),
        client.field_lists("access-control-expose-headers", "x-ms"),
    ),
    fix(
        "cors-upstream-star",
        "an upstream's '*' does not stand beside the reflected origin",
        get(f"{UP}/_/cors-star", ORIGIN),
        client.field(f"{ALLOW}origin", PAGE),
    ),
    fix(
        "cors-upstream-twice",
        "two of them are none for a browser: one is left; Vary has both reasons",
        get(f"{UP}/_/cors-twice", ORIGIN),
        client.field(f"{ALLOW}origin", PAGE),
        client.field(f"{ALLOW}credentials", "true"),
        client.field_lists("vary", "origin", "accept-encoding"),
    ),
    fix(
        "cors-error-400",
        "an upstream's 400 is readable",
        get(f"{UP}/_/status/400", ORIGIN),
        client.status(400),
        *READABLE,
    ),
    fix(
        "cors-error-404",
        "an upstream's 404 is readable",
        get(f"{UP}/_/status/404", ORIGIN),
        client.status(404),
        *READABLE,
    ),
    fix(
        "cors-error-500",
        "an upstream's 500 is readable",
        get(f"{UP}/_/status/500", ORIGIN),
        client.status(500),
        *READABLE,
    ),
    fix(
        "cors-error-502",
        "the gateway's own 502 is readable",
        get("/down.example.com/x", ORIGIN),
        client.status(502, 503),
        *READABLE,
    ),
    fix(
        "cors-error-own",
        "the gateway's refusal is readable",
        get("/evil.org/x", ORIGIN),
        client.refused(400, 403, 404),
        *READABLE,
    ),
    fix(
        "cors-error-413",
        "the gateway's 413 is readable; it is answered before the body is read",
        ask(request(PATH, ORIGIN, "Content-Length: 99999999999", method="POST")),
        client.refused(413),
        *READABLE,
    ),
    fix(
        "cors-redirect",
        "the answer of a followed redirect is readable",
        get(f"{UP}/_/redirect/302/absolute", ORIGIN),
        client.status(200),
        *READABLE,
    ),
    keep(
        "cors-origin-passed",
        "Origin and Referer reach the upstream unchanged",
        get(PATH, ORIGIN, f"Referer: {PAGE}/p"),
        upstream.field("origin", PAGE),
        upstream.field("referer", f"{PAGE}/p"),
    ),
    keep(
        "cors-post",
        "a simple POST goes upstream without a preflight",
        post(PATH, ORIGIN),
        client.status(200),
        upstream.requests(1),
    ),
)

CASES = PREFLIGHTS + RESPONSES
