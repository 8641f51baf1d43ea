"""Each case of the corpus through sigproxy, and through NGINX with the sample configuration.

The second half proves that the differences are real: what the sample is said to fail, it fails.
"""

from collections.abc import Iterator

import pytest

from tests.parity import lab
from tests.parity.cases import CASES
from tests.parity.lab import GATEWAY, SAMPLE, Lab
from tests.parity.model import Case, Kind
from tests.parity.session import judge

QUICK = [case for case in CASES if not case.in_background]
SLOW = [case for case in CASES if case.in_background]
quick = pytest.mark.parametrize("case", QUICK, ids=lambda case: case.id)
slow = pytest.mark.parametrize("case", SLOW, ids=lambda case: case.id)

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]  # ports may have to be waited for


@pytest.fixture(scope="module")
def laboratory(request: pytest.FixtureRequest, ports: None) -> Iterator[Lab]:
    """Start everything once; the slow cases that were selected run beside the others."""
    names = [GATEWAY] if lab.obstacle_to_the_sample() else [GATEWAY, SAMPLE]
    with lab.running(*names) as running:
        selected = {item.name.partition("[")[2].rstrip("]") for item in request.session.items}
        for name in names:
            running.begin(name, [case for case in SLOW if case.id in selected])
        yield running


@pytest.fixture(scope="module")
def sample(laboratory: Lab) -> Lab:
    if reason := lab.obstacle_to_the_sample():
        pytest.skip(reason)
    return laboratory


def _gateway_meets(laboratory: Lab, case: Case) -> None:
    problems = judge(case, laboratory.play(GATEWAY, case))
    assert not problems, f"{case.note}: {'; '.join(problems)}"


def _sample_does(sample: Lab, case: Case) -> None:
    problems = judge(case, sample.play(SAMPLE, case))
    if case.kind is Kind.KEEP or case.sample_agrees:
        assert not problems, f"the sample no longer does this: {'; '.join(problems)}"
    else:
        assert problems, "the sample meets this expectation as well; say why in sample_agrees"


@quick
def test_gateway_meets_the_expectation(laboratory: Lab, case: Case) -> None:
    _gateway_meets(laboratory, case)


@quick
def test_sample_does_what_is_recorded(sample: Lab, case: Case) -> None:
    _sample_does(sample, case)


@slow
def test_gateway_meets_the_slow_expectation(laboratory: Lab, case: Case) -> None:
    _gateway_meets(laboratory, case)


@slow
def test_sample_does_what_is_recorded_slowly(sample: Lab, case: Case) -> None:
    _sample_does(sample, case)


def test_gateway_never_failed_inside(laboratory: Lab) -> None:
    """Whatever was sent, its log has no traceback (the last test: it reads all of the log)."""
    assert "Traceback" not in laboratory.log(GATEWAY)
