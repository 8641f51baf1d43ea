"""The page of SDKs: a row for each, each shown by something, and lines to paste."""

import re
import tomllib
from pathlib import Path

import pytest

from docs_tools import marks, sdks
from docs_tools.sdks import OTHERS, Proof
from sigproxy.tools.vendors import VENDORS
from tests.parity.sdk_vectors import Vector, read
from tests.sdk.scenarios import SCENARIOS

DOCS = Path(__file__).parents[1] / "docs"
MEASURED = (DOCS / "sdks.md").read_text()
PAGE = sdks.page(MEASURED)
SDKS = [sdk for vendor in VENDORS.values() for sdk in vendor.sdks]
PACKAGES = [sdk.package for sdk in SDKS] + [other.package for other in OTHERS]


def rows(page: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("| [")]
    return [line.strip("| ").split(" | ") for line in lines]


def test_every_sdk_has_one_row_that_something_shows() -> None:
    named = [re.sub(r".*<br>|</?code>|<wbr>", "", row[0]) for row in rows(PAGE)]
    assert named == [sdk.package for sdk in SDKS]
    assert len(PACKAGES) == len(set(PACKAGES))
    for row in rows(PAGE):
        assert len(row) == 5
        assert re.search(r"\d{4}-\d\d-\d\d", row[4].replace("&#8209;", "-")), row


def test_whatever_was_recorded_or_run_is_of_an_sdk_on_the_page() -> None:
    recorded = {vector.sdk.partition(" ")[0] for vector in read("vendor_requests.json")}
    assert recorded - set(PACKAGES) == set()
    ran = re.findall(r"^\| (\S.*?) [\d.]+ \|", marks.read(MEASURED, "sdk"), re.MULTILINE)
    assert len(ran) > 30
    assert set(ran) - {sdk.suite for sdk in SDKS} == set()


def test_an_sdk_that_was_seen_to_go_past_the_gateway_is_not_said_to_send_nothing_past_it() -> None:
    strays = {each.sdk.rpartition(" ")[0] for each in SCENARIOS if each.strays}
    assert strays - {sdk.suite for sdk in SDKS if sdk.shim} == set()


def test_a_row_names_the_presets_that_its_sdk_needs() -> None:
    routes = {re.sub(r".*<br>|</?code>|<wbr>", "", row[0]): row[2] for row in rows(PAGE)}
    assert routes["@azure/communication-chat"] == '"path", `azure` with `acs`'
    assert routes["@microsoft/signalr"] == routes["@azure/web-pubsub-client"] == '"path", `azure`'
    assert VENDORS["azure"].also == ("acs",)


def test_each_pasted_route_says_which_pages_may_call() -> None:
    tables = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    written = [each for text in tables for each in tomllib.loads(text)["route"]]
    assert len(written) > len(VENDORS)
    assert [each for each in written if "allowed_origins" not in each] == []


def test_each_link_of_the_table_leads_to_a_heading() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    anchors = [re.sub(r"\W+", "-", heading.lower()).strip("-") for heading in headings]
    assert {row[0].partition("](#")[2].partition(")")[0] for row in rows(PAGE)} <= set(anchors)


@pytest.mark.parametrize("name", [name for name, vendor in VENDORS.items() if vendor.sdks])
def test_each_vendor_has_a_route_and_lines(name: str) -> None:
    vendor = VENDORS[name]
    part = PAGE.partition(f"\n## {vendor.title}\n")[2].partition("\n## ")[0]
    assert "```toml\n[[route]]\n" in part
    assert "gateway.example" in part


def test_a_row_says_what_was_counted() -> None:
    vector = Vector("a", "observed", "GET", "/x", "https://a.example/x", sdk="a-sdk 1.2", seen="D")
    by_code = Vector("b", "code", "GET", "/y", "https://a.example/y", sdk="a-sdk", seen="D")
    refused = Vector("c", "observed", "GET", "/z", None, sdk="a-sdk 1.2", seen="D")
    table = (
        "<!-- sdk -->\nChromium 1; 2026-01-02.\n\n| SDK | s | shim | step | sigproxy |\n"
        "|---|\n| A SDK 3.0 | s | no | x, y | yes |\n| A SDK 2.0 | s | no | x | {} |\n"
        "| A SDK 1.0 | s | no | x | yes |\n| A SDK 3.0 | s | yes | x | yes |\n<!-- /sdk -->"
    )
    told = "2 requests of 1.2, D; 1 request by the code, D"
    assert Proof([vector, vector, by_code, refused], table).of("a-sdk") == told
    passed, failed = (Proof([], table.format(cell)) for cell in ("yes", "404"))
    shim = "every step of 3.0 with the page shim alone, 2026-01-02"
    assert passed.of("a-sdk", "A SDK") == f"every step of 3.0, 2.0 and 1.0, 2026-01-02; {shim}"
    assert failed.of("a-sdk", "A SDK") == f"not every step of 3.0, 2.0 and 1.0, 2026-01-02; {shim}"
    assert passed.of("another") == ""
