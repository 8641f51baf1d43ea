"""What each error token means in plain words, how bad it is, and how to mend it.

For people who look at the gateway from outside: the status page and `sigproxy top`. The tokens are
those of ``errors`` and those that only the access log has.
"""

from sigproxy.remedies.clients import CLIENTS
from sigproxy.remedies.gateway import GATEWAY
from sigproxy.remedies.remedy import GRAVITIES, Gravity, Remedy, notice, warning
from sigproxy.remedies.vendors import VENDORS

__all__ = ["GRAVITIES", "NO_SUCH_NAMES", "REMEDIES", "UNKNOWN", "VENDOR_ERRORS", "Gravity", "of"]

REMEDIES: dict[str, Remedy] = VENDORS | GATEWAY | CLIENTS

# Of dns_error, where no target names the host and it has never answered: anybody can provoke that.
NO_SUCH_NAMES = notice(
    "Clients ask for hosts that only a wildcard allows, and that have no address in DNS",
    "Strangers may try names. If an app needs the latest, look it up here (getent hosts NAME).",
)
UNKNOWN = warning("{place}: an error", "The access log's detail says more.")
# A vendor's own answers of 500 and more, which have no token.
VENDOR_ERRORS = warning(
    "{place} answers with errors of its own",
    "Ask the vendor, or its status page; nothing here can change its answers.",
)


def of(token: str) -> Remedy:
    return REMEDIES.get(token, UNKNOWN)
