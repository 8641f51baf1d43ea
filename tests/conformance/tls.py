"""sslyze: the listener's TLS against Mozilla's recommendations."""

import re
import subprocess

from benchmarks import places
from tests.conformance import tools
from tests.conformance.network import Gateway

LIMIT_S = 120.0
_COMPLAINT = re.compile(r"^ +\* ([a-z_0-9]+): (.+)$", re.MULTILINE)

# Of a run's own authority; a certificate of one that browsers trust has neither.
OF_THE_AUTHORITY = frozenset({"certificate_path_validation", "maximum_certificate_lifespan"})

Complaints = dict[str, str]


def scan(gateway: Gateway, profile: str = "intermediate") -> Complaints:
    """Return what keeps *gateway* from complying with Mozilla's *profile*."""
    host, port = gateway.address
    where = f"{places.PROXY_NAME}:{port}{{{host}}}"
    done = subprocess.run(
        [*tools.sslyze(), f"--mozilla_config={profile}", where],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    _, heading, verdict = done.stdout.partition("COMPLIANCE AGAINST TLS CONFIGURATION")
    if not heading:
        raise RuntimeError(f"sslyze failed:\n{done.stdout[-1500:]}{done.stderr[-500:]}")
    complaints = dict(_COMPLAINT.findall(verdict))
    if not complaints and "OK - Compliant" not in verdict:
        raise RuntimeError(f"sslyze gives no verdict:\n{verdict[-2000:]}")
    return complaints
