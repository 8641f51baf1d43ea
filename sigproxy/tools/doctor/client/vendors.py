"""The vendors' hosts, asked through the gateway as an app asks."""

from sigproxy.tools.doctor.client.asking import Asked
from sigproxy.tools.doctor.client.plan import PlannedVendor
from sigproxy.tools.doctor.finding import Finding, failure, seconds
from sigproxy.tools.doctor.vendor import judge_status

_OPERATOR = "the operator sees more with `sigproxy doctor --config FILE` at the gateway"
_FILTER = "have the gateway exempted from URL filters and TLS inspection"


def judge(vendor: PlannedVendor, asked: Asked) -> Finding:
    name = f"vendor {vendor.host}" + ("" if vendor.port == 443 else f":{vendor.port}")
    if not asked.status:
        what = f"the gateway does not get this request, or its answer is lost: {asked.detail}"
        return failure(name, "vendor_path_blocked", what, _FILTER)
    if asked.error:
        what = f"the gateway cannot reach it: {asked.error}: {asked.shown}"
        return failure(name, "vendor_unreachable", what, _OPERATOR)
    return judge_status(name, asked.status, f"answers {asked.status} ({seconds(asked.took_s)})")
