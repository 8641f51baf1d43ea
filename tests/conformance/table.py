"""Print the suites' results as a table: sigproxy beside NGINX with the sample, and HAProxy.

python -m tests.conformance.table         a few minutes
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime

from benchmarks import places
from benchmarks.proxies import PROXIES
from tests.conformance import autobahn, clients, network, slow, stuck, tls, tools
from tests.conformance.cases import ROWS
from tests.conformance.model import dangers, faults
from tests.conformance.network import HAPROXY, SAMPLE, SIGPROXY, Network

COMPARED = (SIGPROXY, SAMPLE, HAPROXY)
STUCK_S = 90.0
PASSED = "✓"

Cells = dict[str, str]  # by gateway
Line = tuple[str, Cells]


def raw_requests(laboratory: Network) -> Iterator[Line]:
    right, dangerous = {}, {}
    for name, gateway in laboratory.gateways.items():
        played = [laboratory.play(gateway, row) for row in ROWS]
        right[name] = sum(not list(faults(*each)) for each in played)
        dangerous[name] = sum(bool(list(dangers(*each))) for each in played)
    yield f"raw requests answered as RFC 9110 and 9112 say, of {len(ROWS)}", _counts(right)
    yield "of them served, or passed on, though they must not be", _counts(dangerous)


def _counts(numbers: Mapping[str, int]) -> Cells:
    return {name: str(number) for name, number in numbers.items()}


def libraries(laboratory: Network) -> Iterator[Line]:
    cells = {}
    for name, gateway in laboratory.gateways.items():
        outcomes = clients.play(gateway)
        failed = [check for check, found in outcomes.items() if found is not True]
        cells[name] = "; ".join([str(len(outcomes) - len(failed)), *failed])
    yield f"socket.io-client and ws: checks that pass, of {clients.CHECKS}", cells


def websockets(laboratory: Network) -> Iterator[Line]:
    servers = {"direct": f"wss://{places.UPSTREAM_HOST}:{places.ECHO_PORT}/ws"}
    for name, gateway in laboratory.gateways.items():
        servers[name] = gateway.url(places.ECHO_PORT, "/ws", "wss")
    verdicts = autobahn.play(servers, laboratory.directory)
    direct = verdicts.pop("direct")
    cells = {}
    for name, found in verdicts.items():
        different = autobahn.differences(found, direct)
        cells[name] = "; ".join([str(len(direct) - len(different)), *different])
    yield f"Autobahn: verdicts as without a proxy, of {len(direct)}", cells


def certificates(laboratory: Network) -> Iterator[Line]:
    cells = {}
    for name, gateway in laboratory.gateways.items():
        cells[name] = ", ".join(sorted(tls.scan(gateway))) or PASSED
    yield "sslyze: Mozilla's intermediate TLS; else what it complains of", cells


def attacks(laboratory: Network) -> Iterator[Line]:
    outcomes = {}
    for name, gateway in laboratory.gateways.items():
        directory = laboratory.directory / f"slow-{name}"
        directory.mkdir()
        outcomes[name] = slow.play(gateway, directory)
    for attack in slow.ATTACKS:
        found = {name: of_all[attack.name] for name, of_all in outcomes.items()}
        title = f"slowhttptest, {slow.CLIENTS} {attack.name}: still there after {attack.seconds} s"
        yield title, {name: _attacked(each) for name, each in found.items()}


def _attacked(outcome: slow.Outcome) -> str:
    out = f"; no service in {outcome.unavailable} of {outcome.seconds} s"
    return f"{outcome.left}{out if outcome.unavailable else ''}"


def halves(laboratory: Network) -> Iterator[Line]:
    ends = asyncio.run(stuck.play(laboratory.gateways.values(), STUCK_S))
    for state in stuck.STATES:
        found = {name: ends[name, state.name] for name in laboratory.gateways}
        cells = {
            name: f"over {STUCK_S:.0f} s" if end is None else f"{end:.0f} s"
            for name, end in found.items()
        }
        yield f"a client that stops at: {state.name}; closed after", cells


Suite = Callable[[Network], Iterator[Line]]
SUITES: tuple[tuple[Suite, Callable[[], str | None]], ...] = (
    (raw_requests, lambda: None),
    (websockets, tools.missing_autobahn),
    (libraries, lambda: None),
    (certificates, tools.missing_sslyze),
    (attacks, tools.missing_slowhttptest),
    (halves, lambda: None),
)


def lines(laboratory: Network) -> Iterator[str]:
    yield f"{', '.join(PROXIES[name].version() for name in COMPARED)}; {datetime.now(UTC).date()}."
    yield ""
    yield f"| | {' | '.join(PROXIES[name].title for name in COMPARED)} |"
    yield f"|---|{'---|' * len(COMPARED)}"
    for suite, missing in SUITES:
        if reason := missing():
            print(reason, file=sys.stderr)
            continue
        for title, cells in suite(laboratory):
            yield f"| {title} | {' | '.join(cells[name] for name in COMPARED)} |"


def main() -> int:
    for missing in (network.obstacle, tools.missing_libraries):
        if reason := missing():
            print(reason, file=sys.stderr)
            return 2
    with ExitStack() as stack:
        laboratory = stack.enter_context(network.started(*COMPARED))
        stack.enter_context(network.libraries(laboratory))
        for line in lines(laboratory):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
