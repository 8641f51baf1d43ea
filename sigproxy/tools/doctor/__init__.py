"""``sigproxy doctor``: what works between a gateway and what it needs, step by step.

It has two ends. At the gateway, ``gateway.checks(settings)`` looks outward with the gateway's own
resolver, trust store and time limits. From anywhere, ``client.checks(address)`` looks at a gateway
as an SDK does.

observation     what a probe has seen, as a frozen value: times, errors, what was answered
probe           a coroutine that makes an observation; it decides nothing
judge           a pure function from observations to findings
finding         one line: a level, a name, a token, what is so and how to mend it
check           a probe and its judge, run beside the others; it tells findings as they come up
"""
