"""Bodies that flow while they are sent, and those that break off."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, Observation, decide, fix, keep
from tests.parity.requests import UP, get, head, post
from tests.parity.steps import AwaitUpstream, Pause, Receive, Reconnect, Reset, Send

PATH = f"{UP}/p"
CHUNKED = "Transfer-Encoding: chunked"
FLOWS_WITHIN_S = 10.0


def _streamed(seen: Observation) -> str | None:
    """The begin of the body was upstream before the client had sent its end."""
    for each in seen.record.requests:
        if each.body_began and each.body_ended:
            is_held_back = each.body_began >= seen.sent
            return "the body was held back until its end" if is_held_back else None
    return "nothing reached the upstream"


CASES: tuple[Case, ...] = (
    fix(
        "body-stream",
        "an upload flows; the sample holds it back until its end",
        (
            Send(head(PATH, "Content-Length: 10", "Connection: close", method="POST") + b"first"),
            AwaitUpstream(body=True, within_s=FLOWS_WITHIN_S),
            Send(b"later"),
            Receive("POST"),
        ),
        client.status(200),
        upstream.got(body=b"firstlater"),
        _streamed,
    ),
    fix(
        "body-stream-chunked",
        "a chunked upload flows; the sample holds it back until its end",
        (
            Send(head(PATH, CHUNKED, "Connection: close", method="POST") + b"5\r\nfirst\r\n"),
            AwaitUpstream(body=True, within_s=FLOWS_WITHIN_S),
            Send(b"5\r\nlater\r\n0\r\n\r\n"),
            Receive("POST"),
        ),
        client.status(200),
        upstream.got(body=b"firstlater"),
        _streamed,
    ),
    keep(
        "body-early-answer",
        "the upstream answers before it has read the body, and closes",
        post(f"{UP}/_/early", body=b"x" * 500_000),
        client.status(413),
        client.body(b"too big"),
    ),
    keep(
        "body-early-401",
        "the upstream answers first and reads the body later; the next request is served",
        (
            *post(f"{UP}/_/early_401", "Connection: keep-alive", body=b"x" * 500_000),
            Reconnect(),
            *get(f"{UP}/x"),
        ),
        client.statuses(401, 200),
    ),
    keep(
        "body-reset",
        "the upstream resets while the body is sent",
        post(f"{UP}/_/reset", body=b"x" * 900_000),
        client.status(502),
    ),
    decide(
        "body-client-gone",
        "the client resets in its body: the upstream sees no whole request",
        (
            Send(head(PATH, "Content-Length: 10", method="POST") + b"hel"),
            Pause(0.2),
            Reset(),
            AwaitUpstream(ended=True),
        ),
        upstream.no_whole_body(),
        sample_agrees="it has not begun to send",
    ),
    decide(
        "body-client-gone-chunked",
        "the client resets in a chunked body: the upstream sees no whole one",
        (
            Send(head(PATH, CHUNKED, method="POST") + b"5\r\nhello\r\n"),
            Pause(0.2),
            Reset(),
            AwaitUpstream(ended=True),
        ),
        upstream.no_whole_body(),
        sample_agrees="it has not begun to send",
    ),
    keep(
        "body-client-waits",
        "the client resets while it waits: so does the gateway",
        (
            *get(f"{UP}/_/slow/5")[:1],
            AwaitUpstream(requests=1),
            Pause(0.1),
            Reset(),
            AwaitUpstream(ended=True),
        ),
        upstream.ended(),
    ),
)
