"""A certificate that is signed by itself, to start with until there is one of an authority's."""

import subprocess
from ipaddress import ip_address

DAYS = 30
WAIT_S = 30.0


class NoCertificate(Exception):
    """Why there is none, and what to do."""


def self_signed(hosts: tuple[str, ...]) -> tuple[str, str]:
    """Return certificate and private key, as PEM, for *hosts*; raise NoCertificate.

    By the program openssl, which every server that speaks TLS has.
    """
    names = ",".join(f"{'IP' if _is_address(host) else 'DNS'}:{host}" for host in hosts)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "-")
    subject = ("-subj", "/CN=made by sigproxy init", "-addext", f"subjectAltName={names}")
    command = ("openssl", "req", "-x509", *curve, "-days", str(DAYS), *subject)
    try:
        made = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=WAIT_S, stdin=-3
        )
    except FileNotFoundError:
        raise NoCertificate("openssl is not installed: apt-get install openssl") from None
    except subprocess.TimeoutExpired:
        raise NoCertificate(f"openssl made no key within {WAIT_S:g} s; try again") from None
    if made.returncode != 0:
        why = made.stderr.strip().splitlines()[-1:] or ["it did not say why"]
        raise NoCertificate(f"openssl made no certificate: {why[0]}; update it to 1.1.1 or newer")
    key, mark, certificate = made.stdout.partition("-----BEGIN CERTIFICATE-----")
    return mark + certificate, key


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
