"""The settings: their names, types, bounds and defaults.

`conf/sigproxy.toml` explains each; a test checks that both agree.
"""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PrivateAttr,
)

from sigproxy.config import (
    cpus,
    host_values,
    networks,
    rates,
    turn_values,
    values,
)
from sigproxy.config.problem import Sources
from sigproxy.config.types import (
    ARRAY,
    TABLE,
    AdminAddress,
    AnyNetwork,
    BindAddress,
    Brief,
    Count,
    File,
    HeadKib,
    HostTarget,
    Key,
    Long,
    Nameserver,
    Origins,
    PresetName,
    ProxyException,
    ProxyUrl,
    PublicName,
    Rate,
    Seconds,
    SecondsOrNone,
    Target,
    TracingEndpoint,
    TurnAddress,
    TurnName,
    TurnPortOrNone,
    TurnUdpPort,
    UpstreamUrl,
)
from sigproxy.policies.limits import KIB, MIB, Limits
from sigproxy.presets import PRESETS

_LIMITS = Limits()  # has the defaults, with other servers' values
DEFAULT_TARGETS = ("*.com:*", "*.net:*")  # as in the vendors' NGINX sample


def _cores() -> int:
    """The number of CPUs in the affinity mask, limited by the cgroup's quota (cpu.max)."""
    return cpus.usable().count


class ServerSettings(BaseModel):
    model_config = TABLE

    bind: Annotated[tuple[BindAddress, ...], ARRAY] = Field(("127.0.0.1:8443",), min_length=1)
    workers: int = Field(default_factory=_cores, ge=1, le=512)
    certificate: File | None = None
    private_key: File | None = None
    public_names: Annotated[tuple[PublicName, ...], ARRAY] = ()
    open_relay: bool = False
    trusted_proxies: Annotated[tuple[AnyNetwork, ...], ARRAY] | None = None
    proxy_protocol: bool = False
    cdn_loop: bool = True
    via: bool = False  # NGINX and IIS do not compress responses to requests that have Via
    keepalive_s: Seconds = 75  # nginx 75; gunicorn's own 2 is too short for mobile clients
    drain_notice_s: SecondsOrNone = 0
    drain_s: Seconds = 30  # gunicorn's graceful_timeout and Kubernetes: 30


class UpstreamSettings(BaseModel):
    """``_login`` holds what is in ``proxy_credentials_file``, once ``load`` has read it."""

    model_config = TABLE

    nameservers: Annotated[tuple[Nameserver, ...], ARRAY] = ()
    ca_file: File | None = None
    allow_networks: Annotated[tuple[AnyNetwork, ...], ARRAY] = ()
    certificate_names: dict[
        Annotated[str, AfterValidator(networks.network_text)],
        Annotated[str, AfterValidator(values.certificate_name)],
    ] = Field({})
    connect_timeout_s: Brief = 5  # nginx 60, Envoy 5; signaling clients retry quickly
    tls_timeout_s: Brief = 10
    response_timeout_s: Seconds = 120  # nginx 60; the SDKs' long polls take up to 60
    tls_maximum: Literal["1.2", "1.3"] | None = None
    reuse: Literal["client", "shared", "never"] = "client"
    pool_idle_s: Seconds = 30  # shorter than the 60 s and more that servers keep
    pool_size: int = Field(64, ge=1, le=4096)
    proxy: ProxyUrl | None = None
    proxy_credentials_file: File | None = None
    proxy_exceptions: Annotated[tuple[ProxyException, ...], ARRAY] = ()
    proxy_resolves: bool = False

    _login: tuple[str, str] | None = PrivateAttr(None)


class LimitSettings(BaseModel):
    model_config = TABLE

    request_head_kib: HeadKib = _LIMITS.request_head_bytes // KIB
    request_field_kib: HeadKib = _LIMITS.request_field_bytes // KIB
    request_target_kib: HeadKib = _LIMITS.request_target_bytes // KIB
    request_body_mib: int = Field(_LIMITS.request_body_bytes // MIB, ge=1, le=10_240)
    replay_body_kib: int = Field(_LIMITS.replay_body_bytes // KIB, ge=1, le=65_536)
    fast_uploads: bool = _LIMITS.fast_uploads
    response_head_kib: HeadKib = _LIMITS.response_head_bytes // KIB
    header_timeout_s: Seconds = _LIMITS.header_timeout_s
    body_rate_bytes_s: int = Field(int(_LIMITS.body_rate_bytes_s), ge=1, le=1_000_000)
    websocket_idle_s: Long = _LIMITS.websocket_idle_s
    connections: Count | None = None
    connections_per_address: Count = _LIMITS.connections_per_address
    websockets: Count | None = None
    websockets_per_address: Count = _LIMITS.websockets_per_address
    request_rate: Rate | None = None
    request_rate_redis: Annotated[str, AfterValidator(rates.redis_url)] | None = Field(
        None, repr=False
    )


class AccessLogSettings(BaseModel):
    model_config = TABLE

    path: Annotated[str, AfterValidator(values.file_name)] = "-"
    format: Literal["combined", "json"] = "combined"
    health_checks: bool = False
    mask_addresses: bool = False
    instance: Annotated[str, AfterValidator(values.instance)] | None = None


class AdminSettings(BaseModel):
    model_config = TABLE

    bind: AdminAddress | None = None  # without it there are no metrics


class TracingSettings(BaseModel):
    model_config = TABLE

    endpoint: TracingEndpoint | None = None  # without it nothing is traced
    service_name: str = Field("sigproxy", min_length=1, max_length=255)
    sample: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.01
    follow_client: bool = False
    propagate: bool = False


class TurnSettings(BaseModel):
    """``keys`` holds those of ``keys_file``, and ``_secrets`` those of ``secret_file``, once
    ``load`` has read them."""

    model_config = TABLE

    name: TurnName | None = None
    addresses: Annotated[tuple[TurnAddress, ...], ARRAY] = ()
    realm: Annotated[str, AfterValidator(turn_values.realm)] | None = None
    secret_file: File | None = None
    ttl_s: int = Field(43_200, ge=60, le=86_400)  # Twilio and Cloudflare 86400, Matrix 3600
    udp_port: TurnUdpPort = 3478  # RFC 8656
    tls_port: TurnPortOrNone = 443  # RFC 8656 has 5349, which strict firewalls close
    tcp_port: TurnPortOrNone = 0
    relay: Annotated[str, AfterValidator(turn_values.relay)] | None = None
    relay_is_remote: bool = False
    stun: bool = True
    modes: Annotated[tuple[Literal["auto", "udp", "tls"], ...], ARRAY] = Field(
        ("auto", "udp", "tls"), min_length=1
    )
    keys: Annotated[tuple[Key, ...], ARRAY] = Field((), min_length=1, repr=False)
    keys_file: File | None = None
    allowed_origins: Annotated[Origins, ARRAY] = Field((), min_length=1)
    open: bool = False
    credentials_per_address: Rate = "60/hour"
    policy: Literal["sfu", "deny-private"] = "deny-private"

    _secrets: tuple[bytes, ...] = PrivateAttr(())


class NetworkTestSettings(BaseModel):
    """``keys`` also contains those of ``keys_file``, once ``load`` has read it."""

    model_config = TABLE

    keys: Annotated[tuple[Key, ...], ARRAY] = Field((), min_length=1, repr=False)
    keys_file: File | None = None
    allowed_origins: Annotated[Origins, ARRAY] = Field((), min_length=1)
    requests_per_address: Rate = "600/hour"  # a run makes six


class RouteSettings(BaseModel):
    """``keys`` also contains those of ``keys_file``, once ``load`` has read it."""

    model_config = TABLE

    prefix: Annotated[str, AfterValidator(values.prefix)] = "/"
    dialect: Annotated[str, AfterValidator(values.dialect)] = "path"
    targets: Annotated[tuple[Target, ...], ARRAY] | None = Field(None, min_length=1)
    presets: Annotated[tuple[PresetName, ...], ARRAY] = ()
    upstream: UpstreamUrl | None = None
    keep_path: bool = True
    host: Annotated[str, AfterValidator(host_values.domain)] | None = None
    hosts: dict[Annotated[str, AfterValidator(host_values.own)], HostTarget] = Field({})
    keys: Annotated[tuple[Key, ...], ARRAY] = Field((), min_length=1, repr=False)
    keys_file: File | None = None
    allowed_origins: Annotated[Origins, ARRAY] = Field(("*",), min_length=1)
    redirects: Literal["follow", "rewrite", "pass"] = "follow"
    cookies: Literal["tagged", "pass", "none"] = "tagged"
    shim: bool = True

    @property
    def serves_shim(self) -> bool:
        """Whether there is /-/shim.js: it rewrites URLs to the form of the path dialect."""
        return self.shim and self.dialect == "path"

    @property
    def patterns(self) -> tuple[str, ...]:
        """The route's allowed targets: its upstream or hosts, ``targets``, and its presets'."""
        chosen = [] if self.upstream is None else list(values.upstream_patterns(self.upstream))
        chosen += map(host_values.pattern, self.hosts.values())
        chosen += self.targets or ()
        for name in self.presets:
            chosen += PRESETS[name].targets
        return tuple(dict.fromkeys(chosen)) or DEFAULT_TARGETS


class Settings(BaseModel):
    """Everything the operator can choose; attribute names are the keys of the TOML file."""

    model_config = TABLE

    server: ServerSettings = Field(default_factory=ServerSettings)
    upstream: UpstreamSettings = Field(default_factory=UpstreamSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    access_log: AccessLogSettings = Field(default_factory=AccessLogSettings)
    admin: AdminSettings = Field(default_factory=AdminSettings)
    tracing: TracingSettings = Field(default_factory=TracingSettings)
    turn: TurnSettings | None = None
    network_test: NetworkTestSettings | None = None
    route: Annotated[tuple[RouteSettings, ...], ARRAY] = Field((RouteSettings(),), min_length=1)

    _sources: Sources = PrivateAttr(default_factory=Sources)


def known_keys() -> dict[str, tuple[str, ...]]:
    """Return the keys of each table, by the table's name."""
    return {
        "server": tuple(ServerSettings.model_fields),
        "upstream": tuple(UpstreamSettings.model_fields),
        "limits": tuple(LimitSettings.model_fields),
        "access_log": tuple(AccessLogSettings.model_fields),
        "admin": tuple(AdminSettings.model_fields),
        "tracing": tuple(TracingSettings.model_fields),
        "turn": tuple(TurnSettings.model_fields),
        "network_test": tuple(NetworkTestSettings.model_fields),
        "route": tuple(RouteSettings.model_fields),
    }
