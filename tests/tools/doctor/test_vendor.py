"""Each way in which a vendor's host can fail has a name of its own."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from sigproxy.tools.doctor import vendor
from sigproxy.tools.doctor.faults import Fault
from sigproxy.tools.doctor.finding import Finding
from sigproxy.tools.doctor.vendor import Answer, VendorSeen
from tests.lab.dns import SERVFAIL, SILENT, UNKNOWN, Name
from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import Request, response
from tests.ports import free_port
from tests.service.process import ran, toml
from tests.tools.doctor.told import at_gateway, only, tokens

WELL = "up.example.com"


@dataclass
class Stage:
    """Vendors, one for each fault; *expected*: the token of each, by the name of its check."""

    document: dict[str, Any]
    expected: dict[str, str]


async def staged(lab: Lab) -> Stage:
    """Have every fault at once, as they come in the field, and one host that is well."""

    def answer(request: Request) -> bytes:
        is_down = request.target.startswith(b"/503")
        return response(503 if is_down else 404, b"", b"Date: Mon, 30 Nov 2026 00:00:00 GMT")

    upstream = await lab.upstream(answering(answer))
    expired = await lab.upstream(context=lab.pki.expired("expired.example.com"))
    issued, _, _ = lab.pki.issued("mitm.example.com")
    intercepting = await lab.upstream(context=issued)
    here = Name(("127.0.0.1",))
    lab.dns.zone |= {
        "gone.example.com": UNKNOWN,
        "silent.example.com": SILENT,
        "servfail.example.com": Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL),
        "private.example.com": Name(("10.1.2.3",)),
        "empty.example.com": Name(),
        **dict.fromkeys((WELL, "expired.example.com", "mitm.example.com"), here),
    }
    expected = {
        "gone.example.com": "dns_no_such_name",
        "silent.example.com": "dns_timeout",
        "servfail.example.com": "dns_server_failed",
        f"expired.example.com:{expired.port}": "certificate_expired",
        f"mitm.example.com:{intercepting.port}": "tls_intercepted",
        f"{WELL}:{free_port()}": "connection_refused",
        f"{WELL}:{upstream.port}/503": "vendor_error",
        "private.example.com": "address_refused",
        "empty.example.com": "dns_no_address",
        f"{WELL}:{upstream.port}": "ok",
    }
    hosts = [host for host in expected if not host.endswith("/503")]
    fixed = {
        "prefix": "/down",
        "dialect": "fixed",
        "upstream": f"https://{WELL}:{upstream.port}/503",
    }
    document = lab.document(False, [{"targets": hosts}, fixed], {})
    return Stage(document, {f"vendor {host}": token for host, token in expected.items()})


async def test_each_fault_has_its_token_and_its_remedy(lab: Lab) -> None:
    stage = await staged(lab)
    found = [each for each in await at_gateway(stage.document) if each.name.startswith("vendor ")]
    assert tokens(found) == stage.expected
    assert [each for each in found if each.level == "fail" and not each.remedy] == []
    assert {each.level for each in found} == {"ok", "fail"}


async def test_what_intercepts_is_named_and_so_is_the_setting(lab: Lab) -> None:
    context, _, root = lab.pki.issued("mitm.example.com")
    upstream = await lab.upstream(context=context)
    lab.dns.zone["mitm.example.com"] = Name(("127.0.0.1",))
    host = f"mitm.example.com:{upstream.port}"
    found = only(await at_gateway(lab.document(False, {"targets": [host]}, {})), f"vendor {host}")
    assert f"O={root}" in found.what
    assert "your network inspects TLS" in found.what
    assert "upstream.ca_file" in found.remedy
    assert upstream.requests == []


async def test_the_command_says_it_on_lines_and_in_json(lab: Lab, tmp_path: Path) -> None:
    stage = await staged(lab)
    file = tmp_path / "sigproxy.toml"
    file.write_text(toml(stage.document))
    command = (sys.executable, "-m", "sigproxy", "doctor", "--config", str(file))
    code, out, err = await ran(command)
    assert (code, err) == (1, "")
    for name, token in stage.expected.items():
        line = f"ok   {name}: " if token == "ok" else f"fail {name}: {token}: "
        assert line in out
    code, out, err = await ran((*command, "--json"))
    assert (code, err) == (1, "")
    report = json.loads(out)
    assert (report["end"], report["of"], report["verdict"]) == ("gateway", str(file), "fail")
    said = {each["name"]: each["token"] for each in report["findings"]}
    assert said.items() >= stage.expected.items()


TARGET = Target(Authority("api.example.com"), b"/")


def judged(outcome: Answer | Fault) -> Finding:
    return vendor.judge(VendorSeen(TARGET, (("DNS", 0.002), ("TCP", 0.011)), outcome))


@pytest.mark.parametrize(
    ("status", "level", "token"),
    [
        (200, "ok", "ok"),
        (404, "ok", "ok"),
        (501, "ok", "ok"),
        (500, "warn", "vendor_error"),
        (502, "fail", "vendor_error"),
        (503, "fail", "vendor_error"),
        (504, "fail", "vendor_error"),
    ],
)
def test_what_an_answer_means(status: int, level: str, token: str) -> None:
    found = judged(Answer(status, '"CN=R11"', None))
    assert (found.level, found.token) == (level, token)
    assert found.what == f'answers {status} (DNS 2 ms, TCP 11 ms), issued by "CN=R11"'


def test_a_fault_that_nobody_foresaw_is_told_all_the_same() -> None:
    found = judged(Fault("descriptors_exhausted", "no more files"))
    assert str(found).startswith("fail vendor api.example.com: descriptors_exhausted: no more")


def test_the_remedy_of_a_refused_address_is_not_told_twice() -> None:
    detail = "api.example.com resolves to 10.1.2.3 (from DNS), which is not a public address; if so"
    found = judged(Fault("address_refused", detail))
    assert found.what.endswith("which is not a public address")
    assert "upstream.allow_networks" in found.remedy
