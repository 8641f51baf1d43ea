"""sslyze: the listener's TLS against Mozilla's recommendations."""

import re
import subprocess

from benchmarks import places
from tests.conformance import tools
from tests.conformance.network import Gateway

LIMIT_S = 120.0
_COMPLAINT = re.compile(r"^ +\* ([a-z_0-9]+): (.+)$", re.MULTILINE)
_QUOTED = re.compile(r"'([^']+)'")

# Of a run's own authority; a certificate of one that browsers trust has neither.
_OF_THE_AUTHORITY = frozenset({"certificate_path_validation", "maximum_certificate_lifespan"})
# Stronger than what Mozilla lists. Python's ssl takes OpenSSL's groups or a single one, and with
# one most clients would need another round trip for each handshake.
_STRONGER_CURVES = frozenset({"X448", "secp521r1"})

Complaints = dict[str, str]


def scan(gateway: Gateway, profile: str = "intermediate") -> Complaints:
    """Return what keeps *gateway* from complying with Mozilla's *profile*, but for the above."""
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
    return counted(verdict)


def counted(verdict: str) -> Complaints:
    """Return the complaints in sslyze's *verdict* that are about the gateway."""
    complaints = dict(_COMPLAINT.findall(verdict))
    if not complaints and "OK - Compliant" not in verdict:
        raise RuntimeError(f"sslyze gives no verdict:\n{verdict[-2000:]}")
    return {name: text for name, text in complaints.items() if not _is_tolerated(name, text)}


def _is_tolerated(name: str, text: str) -> bool:
    curves = set(_QUOTED.findall(text)) if name == "tls_curves" else set()
    return name in _OF_THE_AUTHORITY or bool(curves and curves <= _STRONGER_CURVES)
