"""The corpus itself, without a socket: what ``test_parity.py`` and the table rely on."""

import re
from collections import Counter

from tests.parity.cases import CASES
from tests.parity.model import Kind
from tests.parity.record import Journal
from tests.parity.steps import Send


def test_ids_are_unique() -> None:
    counted = Counter(case.id for case in CASES)
    assert [id for id, count in counted.items() if count > 1] == []


def test_ids_are_a_group_and_words() -> None:
    assert [each.id for each in CASES if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", each.id)] == []


def test_every_case_says_what_it_is_about() -> None:
    assert [case.id for case in CASES if not (case.note and case.script)] == []


def test_what_the_sample_does_right_needs_no_excuse() -> None:
    """A `keep` passes on the sample by definition; only the others say why they pass."""
    assert [case.id for case in CASES if case.kind is Kind.KEEP and case.sample_agrees] == []


def test_background_cases_use_the_names_that_leave_no_record() -> None:
    for case in CASES:
        sent = b"".join(step.data for step in case.script if isinstance(step, Send))
        assert (Journal.UNRECORDED.encode() in sent) == case.in_background, case.id
