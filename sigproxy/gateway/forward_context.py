"""The state of an admitted exchange: the input of forward and tunnel."""

from typing import NamedTuple

from sigproxy.decision import Forward
from sigproxy.exchange import Exchange
from sigproxy.gateway.body import RequestBody
from sigproxy.gateway.downstream.response_writer import ResponseWriter
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.policies.limits import Limits


class ForwardContext(NamedTuple):
    exchange: Exchange
    decision: Forward
    limits: Limits
    body: RequestBody
    response_writer: ResponseWriter
    owner: PoolOwner  # of the pooled connections to upstreams
    response_timeout_s: float
