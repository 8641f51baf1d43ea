"""Errors: what each tells a client, an operator and RFC 9209."""

from http import HTTPStatus

import pytest

from sigproxy import errors
from sigproxy.errors import GatewayError, LimitError, PolicyError, RequestError, UpstreamError

# RFC 9209, 2.3.1 to 2.3.32: the registry of HTTP Proxy Error Types.
REGISTRY = """
dns_timeout dns_error destination_not_found destination_unavailable
destination_ip_prohibited destination_ip_unroutable connection_refused connection_terminated
connection_timeout connection_read_timeout connection_write_timeout connection_limit_reached
tls_protocol_error tls_certificate_error tls_alert_received http_request_error
http_request_denied http_response_incomplete http_response_header_section_size
http_response_header_size http_response_body_size http_response_trailer_section_size
http_response_trailer_size http_response_transfer_coding http_response_content_coding
http_response_timeout http_upgrade_failed http_protocol_error proxy_internal_response
proxy_internal_error proxy_configuration_error proxy_loop_detected
"""
REGISTERED = frozenset(REGISTRY.split())
GROUPS = (RequestError, PolicyError, LimitError, UpstreamError)


def below(error: type[GatewayError]) -> list[type[GatewayError]]:
    return [each for child in error.__subclasses__() for each in (child, *below(child))]


GENERAL = (*GROUPS, errors.BadFraming)  # the last is a kind of BadRequest
CAUSES = [each for each in below(GatewayError) if each not in GENERAL]


def test_the_whole_table() -> None:
    """These are what dashboards and SDKs are written against: a change here is a breaking one."""
    assert {each.__name__: (each.status, each.token, each.proxy_error) for each in CAUSES} == {
        "InternalError": (500, "internal_error", "proxy_internal_error"),
        "DescriptorsExhausted": (503, "descriptors_exhausted", "proxy_internal_error"),
        "BadRequest": (400, "bad_request", "http_request_error"),
        "NotStun": (400, "not_stun", "http_request_error"),
        "BadTarget": (400, "bad_target", "http_request_error"),
        "NoRoute": (404, "no_route", "destination_not_found"),
        "TurnOff": (404, "turn_off", "destination_not_found"),
        "NetworkTestOff": (404, "network_test_off", "destination_not_found"),
        "MethodRefused": (405, "method_refused", "http_request_error"),
        "RequestTimeout": (408, "request_timeout", "http_request_error"),
        "BodyTooLarge": (413, "body_too_large", "http_request_error"),
        "TargetTooLong": (414, "target_too_long", "http_request_error"),
        "HeadTooLarge": (431, "head_too_large", "http_request_error"),
        "CodingUnsupported": (501, "transfer_coding_unsupported", "http_request_error"),
        "VersionUnsupported": (505, "http_version_unsupported", "http_request_error"),
        "UnknownSdk": (400, "unknown_sdk", "http_request_error"),
        "UnknownFormat": (400, "unknown_format", "http_request_error"),
        "ModeRefused": (400, "mode_refused", "http_request_error"),
        "ProxyHeaderInvalid": (400, "proxy_header_invalid", "http_request_error"),
        "ProxyHeaderTimeout": (408, "proxy_header_timeout", "http_request_error"),
        "ProxyHeaderUntrusted": (403, "proxy_header_untrusted", "http_request_denied"),
        "TargetRefused": (403, "target_refused", "http_request_denied"),
        "OriginRefused": (403, "origin_refused", "http_request_denied"),
        "AddressRefused": (403, "address_refused", "destination_ip_prohibited"),
        "KeyRefused": (403, "key_refused", "http_request_denied"),
        "ServiceWorkerRefused": (403, "service_worker_refused", "http_request_denied"),
        "LoopDetected": (508, "loop_detected", "proxy_loop_detected"),
        "TooManyRequests": (429, "too_many_requests", "http_request_denied"),
        "TooManyConnections": (429, "too_many_connections", "http_request_denied"),
        "TooManyWebSockets": (429, "too_many_websockets", "http_request_denied"),
        "TooManyNetworkTests": (429, "too_many_network_tests", "http_request_denied"),
        "TooManyCredentials": (429, "too_many_credentials", "http_request_denied"),
        "Overloaded": (503, "overloaded", "http_request_denied"),
        "DnsError": (502, "dns_error", "dns_error"),
        "DnsTimeout": (504, "dns_timeout", "dns_timeout"),
        "ConnectionRefused": (502, "connection_refused", "connection_refused"),
        "ConnectionTimeout": (504, "connection_timeout", "connection_timeout"),
        "ConnectionTerminated": (502, "connection_terminated", "connection_terminated"),
        "CertificateError": (502, "tls_certificate_error", "tls_certificate_error"),
        "TlsError": (502, "tls_error", "tls_protocol_error"),
        "EgressUnreachable": (502, "egress_unreachable", "destination_unavailable"),
        "EgressTimeout": (504, "egress_timeout", "connection_timeout"),
        "EgressRefused": (502, "egress_refused", "destination_unavailable"),
        "EgressAuth": (502, "egress_auth", "proxy_configuration_error"),
        "EgressError": (502, "egress_error", "http_protocol_error"),
        "TurnUnreachable": (502, "turn_unreachable", "destination_unavailable"),
        "ResponseTimeout": (504, "response_timeout", "http_response_timeout"),
        "BadResponse": (502, "bad_response", "http_protocol_error"),
        "ResponseHeadTooLarge": (
            *(502, "response_head_too_large", "http_response_header_section_size"),
        ),
        "UpgradeRequired": (426, "upgrade_required", "http_request_error"),
        "UpgradeFailed": (502, "upgrade_failed", "http_upgrade_failed"),
        "RedirectRefused": (502, "redirect_refused", "http_request_denied"),
    }


@pytest.mark.parametrize("error", below(GatewayError), ids=lambda each: each.__name__)
def test_each_is_an_error_status_of_http_and_of_rfc_9209(error: type[GatewayError]) -> None:
    assert 400 <= error.status <= 599
    assert HTTPStatus(error.status).phrase
    assert error.proxy_error in REGISTERED
    assert error.token.replace("_", "").isalpha()
    assert error.token.islower()


def test_one_cause_has_one_token() -> None:
    tokens = [each.token for each in CAUSES]
    assert sorted(tokens) == sorted(set(tokens))


def test_every_cause_but_our_own_fault_belongs_to_a_side() -> None:
    assert [each for each in CAUSES if not issubclass(each, GROUPS)] == [errors.InternalError]


def test_an_upstreams_fault_is_a_gateway_status() -> None:
    assert {each.status for each in below(UpstreamError)} == {502, 504}


def test_the_detail_is_the_message() -> None:
    error = errors.BadTarget("the host is empty")
    assert error.detail == str(error) == "the host is empty"


def test_the_registry_is_whole() -> None:
    assert len(REGISTERED) == 32


@pytest.mark.parametrize("error", below(errors.LimitError), ids=lambda each: each.__name__)
def test_a_limit_says_when_to_come_again(error: type[errors.LimitError]) -> None:
    assert error("too much", retry_after_s=10).fields == ((b"Retry-After", b"10"),)
