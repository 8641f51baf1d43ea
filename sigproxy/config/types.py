"""The types of the settings' values: what each accepts, and within which bounds."""

from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
)

from sigproxy.config import (
    host_values,
    networks,
    origins,
    proxy_values,
    rates,
    tracing,
    turn_values,
    values,
)
from sigproxy.policies.targets import Network

# Strict: TOML has types, so "yes" is not a bool and 4.0 is not a whole number.
TABLE = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
# TOML's arrays arrive as lists; nothing else is turned into a tuple.
ARRAY = Field(strict=False)

File = Annotated[Path, PlainValidator(values.file_path)]
BindAddress = Annotated[str, AfterValidator(values.bind_address)]
AdminAddress = Annotated[str, AfterValidator(values.admin_address)]
PublicName = Annotated[str, AfterValidator(values.public_name)]
Nameserver = Annotated[str, AfterValidator(values.nameserver)]
AnyNetwork = Annotated[Network, PlainValidator(networks.network)]
Target = Annotated[str, AfterValidator(values.target)]
PresetName = Annotated[str, AfterValidator(values.preset)]
Key = Annotated[str, AfterValidator(values.key)]
HostTarget = Annotated[str, AfterValidator(host_values.theirs)]
UpstreamUrl = Annotated[str, AfterValidator(values.upstream)]
ProxyUrl = Annotated[str, AfterValidator(proxy_values.url)]
ProxyException = Annotated[str, AfterValidator(proxy_values.exception)]
Origin = Annotated[str, AfterValidator(origins.origin)]
Origins = Annotated[tuple[Origin, ...], AfterValidator(origins.origins)]
Rate = Annotated[str, AfterValidator(rates.rate)]
TracingEndpoint = Annotated[str, AfterValidator(tracing.endpoint)]
TurnName = Annotated[str, AfterValidator(turn_values.name)]
TurnAddress = Annotated[str, AfterValidator(turn_values.address)]
TurnUdpPort = Annotated[int, AfterValidator(turn_values.udp_port)]
TurnPortOrNone = Annotated[int, AfterValidator(turn_values.port_or_none)]

# Upper bounds prevent a typing error from becoming an outage: milliseconds in place of seconds,
# or a limit beyond any memory.
Brief = Annotated[float, Field(ge=0.01, le=60, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0.01, le=3600, allow_inf_nan=False)]
SecondsOrNone = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
Long = Annotated[float, Field(ge=0.01, le=7 * 24 * 3600, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
HeadKib = Annotated[int, Field(ge=1, le=1024)]
