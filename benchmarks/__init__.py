"""sigproxy beside other proxies, in one run on one machine.

The nouns: a *proxy* is one of the programs compared, a *scenario* one kind of work, its *unit* what
is counted (a request, a message, a WebSocket), a *round* one measurement of each proxy in turn. A
*ratio* divides two proxies' figures of the same round, so that what disturbs the machine for a
while disturbs both sides of it.
"""
