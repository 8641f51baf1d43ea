"""The errors of the gateway's second half: TURN, ICE servers and the network test."""

from sigproxy.errors import BadRequest, LimitError, RequestError, UpstreamError


class TurnOff(RequestError, status=404, token="turn_off", proxy_error="destination_not_found"):
    """``/-/ice`` was asked for, and the configuration has no ``[turn]``."""


class NetworkTestOff(
    RequestError, status=404, token="network_test_off", proxy_error="destination_not_found"
):
    """``/-/network`` was asked for, and the configuration has no ``[network_test]``."""


class UnknownSdk(RequestError, token="unknown_sdk"):
    """``sdk`` is none that this gateway knows how to give ICE servers to."""


class UnknownFormat(RequestError, token="unknown_format"):
    """``format`` is none of those that ``sdk=webrtc`` has; the other SDKs have one shape each."""


class ModeRefused(RequestError, token="mode_refused"):
    """This SDK cannot relay in this ``mode``, or this gateway does not offer it."""


class TooManyCredentials(LimitError, token="too_many_credentials"):
    """One client address asks for more than ``credentials_per_address``."""


class TooManyNetworkTests(LimitError, token="too_many_network_tests"):
    """One client address asks more of ``/-/network`` than ``requests_per_address``."""


class NotStun(BadRequest, token="not_stun", ends_connection=True):
    """The first bytes look like STUN and are not a STUN header (RFC 8489, 5); on the shared port
    only STUN goes to the TURN server."""


class TurnUnreachable(
    UpstreamError, token="turn_unreachable", proxy_error="destination_unavailable"
):
    """The TURN server behind ``turn.relay`` cannot be connected to, or has gone."""
