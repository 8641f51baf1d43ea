"""An error of the gateway's own: JSON for programs, a page for who opens a URL in a browser."""

import json

from sigproxy.errors import LimitError, TargetRefused
from sigproxy.gateway.downstream.error_response import error_response
from sigproxy.semantics.fields import NO_FIELDS, Fields
from tests.lab.lab import Lab

NAVIGATION = (b"Sec-Fetch-Dest", b"document")
EMPTY = Fields([(b"Sec-Fetch-Dest", b"empty")])
ERROR = TargetRefused("api.example.com is <b>not</b> listed & never was")


def test_a_program_gets_json() -> None:
    for fields in (NO_FIELDS, EMPTY):
        head, body = error_response(ERROR, "a-1", fields)
        assert dict(head)[b"Content-Type"] == b"application/json"
        assert json.loads(body) == {
            "error": "target_refused",
            "detail": ERROR.detail,
            "request_id": "a-1",
        }


def test_a_browser_that_shows_it_gets_a_page_in_which_nothing_runs() -> None:
    head, body = error_response(ERROR, "a-1", Fields([NAVIGATION]))
    fields, page = dict(head), body.decode()
    assert fields[b"Content-Type"] == b"text/html; charset=utf-8"
    assert fields[b"Content-Security-Policy"].startswith(b"default-src 'none'; style-src 'sha256-")
    assert fields[b"X-Content-Type-Options"] == b"nosniff"
    assert "<h1>403 Forbidden</h1>" in page
    assert "api.example.com is &lt;b&gt;not&lt;/b&gt; listed &amp; never was." in page
    assert "<code>target_refused</code>, request <code>a-1</code>" in page
    assert "targets" in page  # what its operator can do


def test_both_say_the_same_outside_the_body() -> None:
    for error in (ERROR, LimitError("too much", 7)):
        shown = dict(error_response(error, "a-1", Fields([NAVIGATION]))[0])
        told = dict(error_response(error, "a-1", NO_FIELDS)[0])
        assert {name: shown[name] for name in told if name != b"Content-Type"} == {
            name: value for name, value in told.items() if name != b"Content-Type"
        }


async def test_a_wrong_path_in_the_address_bar_is_answered_with_a_page(lab: Lab) -> None:
    client = await lab.client(await lab.gateway())
    answer = await client.get(b"/", b"Sec-Fetch-Dest: document")
    assert (answer.status, answer.get(b"content-type")) == (404, b"text/html; charset=utf-8")
    assert b"404 Not Found" in answer.body
    assert (answer.get(b"x-request-id") or b"?") in answer.body
