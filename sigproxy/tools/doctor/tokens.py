"""The tokens of findings: what each means, and who can mend it.

They are an interface: programs read them, and `docs/doctor.md` lists them. Tokens of
``sigproxy.errors`` occur as well, where the gateway itself, or a vendor, is met with that error.
"""

from typing import Literal, NamedTuple

Who = Literal["operator", "network", "vendor", "machine", "nobody"]


class Meaning(NamedTuple):
    what: str
    who: Who


SECTIONS: dict[str, dict[str, Meaning]] = {
    "Names, connections and certificates": {
        "dns_no_such_name": Meaning("DNS says that the name does not exist.", "operator"),
        "dns_no_address": Meaning("The name exists, and has no address.", "operator"),
        "dns_server_failed": Meaning("The name servers answer, but not to this.", "network"),
        "name_server_silent": Meaning("A name server does not answer at all.", "network"),
        "name_server_failing": Meaning("A name server answers with errors only.", "network"),
        "connection_failed": Meaning("The machine has no way there.", "network"),
        "tls_timeout": Meaning("TCP connects, and TLS gets no answer.", "network"),
        "proxy_refused": Meaning("The network's HTTP proxy does not let it through.", "network"),
        "proxy_unreachable": Meaning("The network's HTTP proxy cannot be reached.", "machine"),
        "proxy_timeout": Meaning("Nothing comes of it through the HTTP proxy.", "network"),
        "tls_intercepted": Meaning(
            "The certificate is another's than the server's: the network inspects TLS.", "network"
        ),
        "certificate_untrusted": Meaning("The authority that issued it is not known.", "operator"),
        "certificate_chain_incomplete": Meaning(
            "The intermediate certificate is missing in the file.", "operator"
        ),
        "certificate_expired": Meaning("It has ended.", "operator"),
        "certificate_ends_soon": Meaning("It ends within 14 days.", "operator"),
        "certificate_not_yet_valid": Meaning("It begins later, or a clock is wrong.", "machine"),
        "certificate_other_name": Meaning("It is for other names.", "operator"),
        "certificate_missing": Meaning("The gateway speaks plain HTTP to others.", "operator"),
        "certificate_unusable": Meaning("Certificate and key do not load.", "operator"),
    },
    "The gateway": {
        "gateway_unreachable": Meaning("HTTPS requests to the gateway get no answer.", "network"),
        "gateway_error": Meaning("The gateway refuses, in words of its own.", "operator"),
        "not_a_gateway": Meaning(
            "Something else answers in its place: another URL, or a network's login page.",
            "network",
        ),
        "plan_unreadable": Meaning("The gateway is of another version than doctor.", "operator"),
        "ice_unreadable": Meaning("The same, of the ICE servers.", "operator"),
        "ice_empty": Meaning("The gateway names no TURN server.", "operator"),
        "route_untried": Meaning("The key does not open this route, so it is not tried.", "nobody"),
        "preflight_blocked": Meaning("OPTIONS does not get through.", "network"),
        "websocket_blocked": Meaning("HTTPS gets through, and WebSockets do not.", "network"),
        "websocket_silent": Meaning("A WebSocket opens, and messages do not cross.", "network"),
        "websocket_idle_cut": Meaning("A WebSocket that is silent is cut.", "network"),
        "clock_skew": Meaning("This machine's clock is wrong.", "machine"),
        "clock_unknown": Meaning("Nobody told the time to compare with.", "nobody"),
        "draining": Meaning("The gateway is about to stop, and takes no new clients.", "operator"),
        "service_not_running": Meaning("Nobody listens at the admin port.", "operator"),
        "service_failing": Meaning("What listens there is no ready gateway.", "operator"),
        "file_unreadable": Meaning("The service's user cannot read a file.", "operator"),
        "log_unwritable": Meaning("The service's user cannot write the access log.", "operator"),
        "secret_exposed": Meaning("Every user of the machine can read a secret.", "operator"),
        "descriptors_short": Meaning("A process may open too few files.", "operator"),
        "redis_unreachable": Meaning("Nothing is counted: limits do not hold.", "operator"),
        "redis_refused": Meaning("Redis wants another user or password.", "operator"),
    },
    "The vendors": {
        "vendor_error": Meaning("The vendor's server answers with a 5xx.", "vendor"),
        "vendor_unreachable": Meaning(
            "The gateway does not reach it; the gateway's own token follows.", "operator"
        ),
        "vendor_path_blocked": Meaning(
            "Requests with this host in their path do not get to the gateway.", "network"
        ),
        "targets_untried": Meaning("The routes name no host that could be tried.", "nobody"),
    },
    "Media": {
        "stun_silent": Meaning("UDP to the TURN server gets no answer.", "network"),
        "turn_silent": Meaning("Nothing comes back from the TURN server.", "network"),
        "turn_error": Meaning("It refuses, for a reason of its own.", "operator"),
        "turn_credentials_refused": Meaning(
            "It has another secret than the gateway, or another time.", "operator"
        ),
        "turn_own_relay_refused": Meaning(
            "Two who both relay cannot meet: it refuses its own address.", "operator"
        ),
        "turn_quota_reached": Meaning("This user has all the relays it may have.", "operator"),
        "turn_no_capacity": Meaning("All users together have.", "operator"),
        "turn_other_realm": Meaning("Native SDKs are told another realm.", "operator"),
        "turn_relay_private": Meaning("It relays at a private address.", "operator"),
        "turn_open_relay": Meaning("It relays for everybody, without a credential.", "operator"),
        "turn_wrong_secret_taken": Meaning("It takes credentials of any secret.", "operator"),
        "turn_expired_taken": Meaning("It takes credentials that have expired.", "operator"),
        "turn_secret_unknown": Meaning("It lacks a further secret of the file.", "operator"),
        "turn_peer_exposed": Meaning("It relays to addresses inside.", "operator"),
        "turn_untested": Meaning("What it refuses could not be tried.", "operator"),
        "proxy_port_open": Meaning("Others can reach its PROXY protocol port.", "operator"),
        "media_failed": Meaning("It relays, and no packet arrives.", "operator"),
        "media_lossy": Meaning("3 % of the packets are lost, or more.", "network"),
        "media_slow": Meaning("Packets take 400 ms there and back, or more.", "network"),
        "media_blocked": Meaning("No way for media, though the TURN server runs.", "network"),
        "udp_blocked": Meaning("UDP is blocked; media goes over TLS.", "network"),
        "only_443": Meaning("Only TCP 443 is open; media goes over TLS.", "network"),
        "http_proxy_only": Meaning("All goes through an HTTP proxy, media too.", "network"),
        "turn_tls_blocked": Meaning("Media goes over UDP, and has no other way.", "network"),
    },
    "doctor itself": {
        "check_timeout": Meaning("A check had not ended in time.", "nobody"),
        "doctor_error": Meaning("A fault of doctor's; please report it.", "nobody"),
    },
}
TOKENS: dict[str, Meaning] = {
    token: meaning for section in SECTIONS.values() for token, meaning in section.items()
}
