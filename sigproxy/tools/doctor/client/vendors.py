"""The vendors' hosts, asked through the gateway as an app asks."""

from sigproxy.tools.doctor.client.asking import Asked
from sigproxy.tools.doctor.client.plan import PlannedVendor
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well

_DOWN, _SERVER_ERROR, _NOT_IMPLEMENTED = (502, 503, 504), 500, 501
_OPERATOR = "the operator sees more with `sigproxy doctor --config FILE` at the gateway"


def judge(vendor: PlannedVendor, asked: Asked) -> Finding:
    name = f"vendor {vendor.host}" + ("" if vendor.port == 443 else f":{vendor.port}")
    if asked.error:
        what = asked.shown if asked.status else f"no answer of the gateway: {asked.detail}"
        return failure(name, asked.error, what, _OPERATOR)
    what = f"answers {asked.status} ({seconds(asked.took_s)})"
    if asked.status in _DOWN:
        remedy = "whoever runs that host has to mend it; see the vendor's status page"
        return failure(name, "vendor_unavailable", what, remedy)
    if asked.status >= _SERVER_ERROR and asked.status != _NOT_IMPLEMENTED:
        remedy = "it may answer what SDKs ask for all the same; try a call"
        return warning(name, "vendor_error", what, remedy)
    return well(name, what)
