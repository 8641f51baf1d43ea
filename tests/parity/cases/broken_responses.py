"""Responses that flow, that have too much in them, or that break off."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, Observation, decide, fix, keep, refuse
from tests.parity.requests import UP, get, post, request
from tests.parity.steps import Pause, Receive, Send
from tests.parity.upstream.scripts import EVENT_INTERVAL_S

KEPT_OPEN = "Connection: keep-alive"
FLOOD = 64 * (1 << 20)


def _one_by_one(seen: Observation) -> str | None:
    """Three events arrived apart, as they were sent; what is held back arrives at once."""
    times = [at - seen.began for at in seen.response.chunks_at]
    if len(times) >= 3 and times[2] - times[0] >= EVENT_INTERVAL_S / 2:
        return None
    return f"events after {[round(each, 2) for each in times]}"


FLOWING: tuple[Case, ...] = (
    fix(
        "resp-events",
        "server-sent events arrive as they are sent; the sample buffers",
        get(f"{UP}/_/events"),
        client.status(200),
        client.body(b"data: 0\n\ndata: 1\n\ndata: 2\n\n"),
        _one_by_one,
    ),
    fix(
        "resp-slow-reader",
        "a client that does not read holds the upstream back; the sample fills its disk",
        (Send(request(f"{UP}/_/big/{FLOOD}")), Pause(3.0)),
        upstream.sent_at_most(FLOOD // 2),
    ),
)


STRIPPED: tuple[Case, ...] = (
    fix(
        "resp-hop",
        "hop-by-hop fields, and those that Connection names, stay here (RFC 9110, 7.6.1)",
        get(f"{UP}/_/hop"),
        client.status(200),
        client.no_field(
            "x-hop", "proxy-connection", "te", "upgrade", "keep-alive", "proxy-authenticate"
        ),
        client.field("x-end", "1"),
    ),
    refuse(
        "resp-accel",
        "X-Accel-Redirect made the sample serve a file of its own",
        get(f"{UP}/_/accel"),
        client.status(200),
        client.body(b"accel body"),
    ),
    decide(
        "resp-accel-fields",
        "X-Accel-* and X-Pad mean nothing here and pass",
        get(f"{UP}/_/accel-fields"),
        client.field("x-accel-buffering", "no"),
        client.field("x-pad", "1"),
    ),
    keep("resp-field-3k", "a field of 3 KB", get(f"{UP}/_/field_of/3000"), client.status(200)),
    fix(
        "resp-field-7k",
        "a field of 7 KB (policies, cookies); the sample answers 502",
        get(f"{UP}/_/field_of/7000"),
        client.status(200),
        client.field("x-big", "b" * 7000),
    ),
    decide(
        "resp-field-40k",
        "a field of 40 KB: below the limit of 64 KiB",
        get(f"{UP}/_/field_of/40000"),
        client.status(200),
    ),
    decide(
        "resp-field-80k",
        "a field of 80 KB: above it",
        get(f"{UP}/_/field_of/80000"),
        client.status(502),
        sample_agrees="its buffer holds 4 KB",
    ),
    fix(
        "resp-fields-400",
        "400 small fields; the sample answers 502",
        get(f"{UP}/_/fields_of/400"),
        client.status(200),
        client.field("x-h399", "v"),
    ),
)


BROKEN: tuple[Case, ...] = (
    refuse(
        "resp-101",
        "a 101 that nobody asked for (RFC 9110, 15.2.2)",
        get(f"{UP}/_/switch"),
        client.status(502),
    ),
    refuse(
        "resp-two-lengths",
        "two lengths (RFC 9112, 6.3)",
        get(f"{UP}/_/two-lengths"),
        client.status(502),
    ),
    refuse(
        "resp-bad-length",
        "Content-Length: +2",
        get(f"{UP}/_/bad-length"),
        client.status(502),
    ),
    decide(
        "resp-length-chunked",
        "a length beside chunks: the chunks win, or 502 (RFC 9112, 6.3)",
        get(f"{UP}/_/length-and-chunked"),
        client.status(200, 502),
        client.body_lacks(b"\r\n"),
        sample_agrees="the chunks win",
    ),
    refuse(
        "resp-bad-chunk",
        "a broken chunk is an error for the client",
        get(f"{UP}/_/bad-chunk"),
        client.not_whole(),
        sample_agrees="it closes",
    ),
    refuse(
        "resp-bad-field",
        "a space in a field's name",
        get(f"{UP}/_/bad-field"),
        client.status(200, 502),
        client.no_field("x bad"),
        sample_agrees="502",
    ),
    decide(
        "resp-bare-lf",
        "bare LF as line end: 502, or read as one (RFC 9112, 2.2)",
        get(f"{UP}/_/bare-lf"),
        client.status(200, 502),
        client.body_lacks(b"content-length"),
        sample_agrees="it reads it as one",
    ),
    refuse(
        "resp-bare-cr",
        "a bare CR in a value",
        get(f"{UP}/_/bare-cr"),
        client.status(200, 502),
        client.no_value_like("\r"),
        sample_agrees="502",
    ),
    decide(
        "resp-folded",
        "a folded line: 502, or one value (RFC 9112, 5.2)",
        get(f"{UP}/_/folded"),
        client.status(200, 502),
        client.no_name_like(r"^\s"),
        sample_agrees="502",
    ),
    fix(
        "resp-garbage",
        "not HTTP (RFC 9112, 2.1); the sample takes it for HTTP/0.9",
        get(f"{UP}/_/garbage"),
        client.status(502),
    ),
    refuse(
        "resp-extra",
        "bytes behind a response belong to nobody",
        (*get(f"{UP}/_/extra", "Connection: keep-alive"), Send(request(f"{UP}/x")), Receive()),
        client.status(200),
        client.statuses(200, 200),
        client.body_lacks(b"evil"),
        sample_agrees="it uses a connection once",
    ),
    keep(
        "resp-short",
        "a body that ends early is cut here too",
        get(f"{UP}/_/short"),
        client.not_whole(),
    ),
    keep(
        "resp-short-chunk",
        "chunks that end early are cut here too",
        get(f"{UP}/_/short-chunk"),
        client.not_whole(),
    ),
    keep("resp-reset-body", "a reset in a body", get(f"{UP}/_/reset/body"), client.not_whole()),
    fix(
        "resp-reset-endless",
        "a reset in a body without a length must not look like its end",
        get(f"{UP}/_/reset/endless-body"),
        client.not_whole(),
    ),
    keep(
        "resp-idle-close",
        "the upstream closes a kept connection unannounced; the next request is served",
        (*get(f"{UP}/_/closing", KEPT_OPEN), Pause(0.2), *post(f"{UP}/p")),
        client.responses(2),
        upstream.got(method="POST", body=b"x"),
    ),
    keep(
        "resp-closing-get",
        "the upstream closes a kept connection just when a GET comes: it is sent again",
        (*get(f"{UP}/_/closing", KEPT_OPEN), *get(f"{UP}/x")),
        client.responses(2),
        client.last_status(200),
    ),
    decide(
        "resp-closing-post",
        "a POST on it is never sent twice (RFC 9110, 9.2.2): 502, if it cannot be served",
        (*get(f"{UP}/_/closing", KEPT_OPEN), *post(f"{UP}/p")),
        client.responses(2),
        client.last_status(200, 502),
        upstream.at_most(2),
        sample_agrees="it opens a connection for each request",
    ),
    keep(
        "resp-eof",
        "an upstream that closes without an answer",
        get(f"{UP}/_/eof"),
        client.status(502),
        upstream.at_most(2),
    ),
    keep(
        "resp-eof-post",
        "a POST is not sent again (RFC 9110, 9.2.2)",
        post(f"{UP}/_/eof"),
        client.status(502),
        upstream.requests(1),
    ),
    keep("resp-reset", "a reset instead of an answer", get(f"{UP}/_/reset"), client.status(502)),
)


CASES = FLOWING + STRIPPED + BROKEN
