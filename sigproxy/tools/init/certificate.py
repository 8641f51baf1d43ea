"""A self-signed certificate, to start with until there is one of an authority's."""

import subprocess
from ipaddress import ip_address
from tempfile import NamedTemporaryFile

DAYS = 30
WAIT_S = 30.0
# openssl's own configuration may be missing, or be somebody's.
_CONFIGURATION = """\
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = made by sigproxy init
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = {names}
"""


class NoCertificate(Exception):
    """Why there is none, and what to do."""


def self_signed(hosts: tuple[str, ...]) -> tuple[str, str]:
    """Return certificate and private key, as PEM, for *hosts*; raise NoCertificate.

    By the program openssl, which every server that speaks TLS has.
    """
    names = ", ".join(f"{'IP' if _is_address(host) else 'DNS'}:{host}" for host in hosts)
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".cnf") as file:
        file.write(_CONFIGURATION.format(names=names))
        file.flush()
        made = _ran("-config", file.name)
    if made.returncode != 0:
        why = made.stderr.strip().splitlines()[-1:] or ["it did not say why"]
        raise NoCertificate(f"openssl made no certificate: {why[0]}; install 1.1.1 or newer")
    key, mark, certificate = made.stdout.partition("-----BEGIN CERTIFICATE-----")
    return mark + certificate, key


def _ran(*options: str) -> "subprocess.CompletedProcess[str]":
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "-")
    command = ("openssl", "req", "-x509", *curve, "-days", str(DAYS), *options)
    nothing = subprocess.DEVNULL
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=WAIT_S, stdin=nothing
        )
    except FileNotFoundError:
        raise NoCertificate("openssl is not installed: apt-get install openssl") from None
    except subprocess.TimeoutExpired:
        raise NoCertificate(f"openssl made no key within {WAIT_S:g} s; try again") from None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
