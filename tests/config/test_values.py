"""Single values that are refused: what, where, how to mend it."""

from pathlib import Path

import pytest

from sigproxy.assembly.routes import DIALECTS
from sigproxy.config import values
from tests.config.loading import refused

BIND_REMEDY = "write host:port, for example 0.0.0.0:8443, [::]:8443 or unix:/run/sigproxy.sock"
ORIGIN_REMEDY = "write scheme, host and port only, as browsers do: https://app.example.com"
RATE_REMEDY = 'write a number, "/", and a time of a day or less: "20/second", "600/minute"'
REDIS_REMEDY = "write redis://host:6379/0, rediss://host:6380/0 or redis+unix:///path/to/socket"
PREFIX_REMEDY = "begin with '/', end without one, and use no '//', '%', '?', '#' or space: '/acs'"

REFUSED = {
    "upstream.conect_timeout_s = 3": "unknown key; did you mean connect_timeout_s?",
    "upstream.zzz = 3": "unknown key; known here: nameservers, ca_file, allow_networks, "
    "certificate_names, "
    "connect_timeout_s, tls_timeout_s, response_timeout_s, tls_maximum, reuse, "
    "pool_idle_s, pool_size, proxy, proxy_credentials_file, proxy_exceptions, proxy_resolves",
    "limits.keepalive_s = 3": "unknown key; keepalive_s belongs to [server]",
    "server.workers = '4'": "must be a whole number, not '4'; use digits only, without quotes",
    "server.workers = 4.0": "must be a whole number, not 4.0; use digits only, without quotes",
    "server.workers = true": "must be a whole number, not true; use digits only, without quotes",
    "server.workers = 0": "0 is too small; use 1 or more",
    "server.workers = 1_000": "1000 is too large; use 512 or less",
    "server.via = 'yes'": "must be true or false, not 'yes'; write true or false, without quotes",
    "server.drain_s = '9'": "must be a number, not '9'; use digits, without quotes",
    "server.drain_s = 0": "0 is too small; use 0.01 or more",
    "server.drain_notice_s = -1": "-1 is too small; use 0 or more",
    "server.drain_notice_s = 30": "drain_notice_s (30 s) is a part of drain_s (30 s), and would "
    "leave no time to drain; lower drain_notice_s or raise drain_s",
    "server.drain_s = 30_000": "30000 is too large; use 3600 or less",
    "limits.connections_per_address = 0": "0 is too small; use 1 or more",
    "limits.request_rate = '600'": f"'600' is not a rate; {RATE_REMEDY}",
    "limits.request_rate = '0/minute'": f"'0/minute' is not a rate; {RATE_REMEDY}",
    "limits.request_rate = '9/month'": f"'9/month' is not a rate; {RATE_REMEDY}",
    "limits.request_rate_redis = 'http://a'": f"this is not the URL of a Redis; {REDIS_REMEDY}",
    "limits.request_rate_redis = 'redis://'": f"the URL names no host; {REDIS_REMEDY}",
    "limits.websocket_idle_s = nan": "must be a number with an end, not NaN; "
    "use digits, without quotes",
    "server.bind = '127.0.0.1:80'": "must be a list, not '127.0.0.1:80'; "
    'write it in brackets, as ["..."]',
    "server.bind = [8443]": 'must be text, not 8443; put it in quotes, as "..."',
    "server.bind = []": "the list is empty; list at least one, or remove the key for its default",
    "server.bind = [':8443']": f"':8443' names no host; {BIND_REMEDY}",
    "server.bind = ['127.0.0.1']": f"'127.0.0.1' names no port; {BIND_REMEDY}",
    "server.bind = ['*:80']": "'*:80' is not an address: the host '*' is not a host name "
    f"(RFC 1123, 2.1); {BIND_REMEDY}",
    "server.bind = ['::1:80000']": "'::1:80000' names no host; " + BIND_REMEDY,
    "server.bind = ['unix:run/a']": "'unix:run/a' is not the absolute path of a socket; "
    + BIND_REMEDY,
    f"server.bind = ['unix:/{'a' * 107}']": "the socket's path has more than 107 bytes; "
    "choose a shorter one",
    "server.certificate = ''": "'' is not a path; name a file, or remove the key",
    "server.public_names = ['https://p.example']": "'https://p.example' is not an address: "
    "the port is '//p.example': it must be a number from 1 to 65535; "
    "write the host, or host:port, that clients use: proxy.example.com",
    "server.trusted_proxies = ['10.0.0.1/8']": "'10.0.0.1/8' has bits set beyond its prefix; "
    "write 10.0.0.0/8",
    "server.trusted_proxies = ['lan']": "'lan' is not a network; "
    "write 10.0.0.0/8, 2001:db8::/32 or a single address",
    "server.trusted_proxies = [10]": 'must be text; put it in quotes, as "..."',
    "upstream.nameservers = ['dns.google']": "'dns.google' is a name, which would need a "
    "name server itself; write an IP address, or address:port, for example 192.0.2.53 or "
    "[2001:db8::53]:53",
    "upstream.nameservers = ['fe80::1']": "'fe80::1' is an address on a link, and does not say "
    "on which; write the interface behind it, for example fe80::1%eth0",
    "upstream.allow_networks = ['0.0.0.0/0']": "together they are every IPv4 address, "
    "which would switch off the check of addresses; "
    "list only the networks that hold your own upstreams",
    "upstream.allow_networks = ['::/0']": "together they are every IPv6 address, "
    "which would switch off the check of addresses; "
    "list only the networks that hold your own upstreams",
    "upstream.tls_maximum = '1.1'": "'1.1' is not known; choose '1.2' or '1.3'",
    "access_log.format = 'nginx'": "'nginx' is not known; choose 'combined' or 'json'",
    "access_log.path = ''": "'' is not a path; name a file, or remove the key",
}

ROUTE_REFUSED = {
    "dialect = 'odd'": f"unknown dialect 'odd'; known: {', '.join(DIALECTS)}",
    "redirects = 'folow'": "'folow' is not known; choose 'follow', 'rewrite' or 'pass'",
    "allowd_origins = ['*']": "unknown key; did you mean allowed_origins?",
    "targets = []": "the list is empty; list at least one, or remove the key for its default",
    "targets = ['a.*.com']": "'a.*.com' is not a target: '*' stands only for whole labels at "
    "the left, as in '*.example.com'; "
    "write api.example.com, *.example.com:8443, *.example.com:*, host:4000-4999 or 192.0.2.0/24",
    "prefix = 'acs'": f"'acs' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/acs/'": f"'/acs/' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/a//b'": f"'/a//b' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/a%2Fb'": f"'/a%2Fb' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/a?b'": f"'/a?***' is not a path prefix; {PREFIX_REMEDY}",
    "prefix = '/-/live'": "'/-/live' is reserved for '/-/live' and '/-/ready'; choose another "
    "prefix",
    "prefix = '/api.example.com/x'": "'/api.example.com/x' begins like a host, so it would hide "
    "the target with that name; choose a first segment without '.' and ':'",
    "prefix = '/a/../b'": "'/a/../b' has a dot segment, which clients resolve; remove it",
    "allowed_origins = ['*', 'https://a.example']": "'*' is listed with other origins; "
    "list '*' alone, or only the origins",
    "allowed_origins = ['null']": "'null' is the origin of every sandboxed frame and local file, "
    "hostile ones included; give the page an origin of its own (https://, or an app's scheme: "
    "app://localhost) and list that",
    "allowed_origins = ['a.example']": f"'a.example' is not an origin; {ORIGIN_REMEDY}",
    "allowed_origins = ['https://a.example/']": "'https://a.example/' has more than an origin: "
    f"a path or a final '/'; {ORIGIN_REMEDY}",
    "allowed_origins = ['https://A.example']": "'https://A.example' has capitals, and origins are "
    "lower-case; write https://a.example",
    "allowed_origins = ['https://a.example:443']": "'https://a.example:443' names the default "
    f"port, which browsers omit; {ORIGIN_REMEDY}",
    "allowed_origins = ['http://a.example']": "'http://a.example' is http and not localhost; "
    "serve the page by https",
    "allowed_origins = ['https://*.com']": "'https://*.com' covers strangers' origins too; "
    "name a domain: https://*.example.com",
    "allowed_origins = ['https://a.*.example']": "'https://a.*.example' is not an address: "
    f"the host 'a.*.example' is not a host name (RFC 1123, 2.1); {ORIGIN_REMEDY}",
}

REFUSED_AS_A_WHOLE = {
    "sever.workers = 3": "sever: unknown key; did you mean server?",
    "workers = 3": "workers: unknown key; workers belongs to [server]",
    '"a\\nb" = 3': "***: the key at place 1 is unknown (it may be a secret, so it is not shown); "
    "known here: server, upstream, limits, access_log, admin, tracing, turn, network_test, route",
    "access_log.instance = 'a b'": "access_log.instance: 'a b' cannot be this gateway's name in "
    "the log; use 1 to 64 letters, digits and . _ -, as a host name has, or remove it",
    "server = 3": "server: must be a table, not 3; write [server] and its keys below",
    "route = [3]": "route[0]: must be a list of tables, not 3; "
    "write [[route]] and its keys below (in the environment: a JSON list of objects)",
    "route.prefix = '/'": "route: must be a list of tables, not this value (it may hold "
    "keys or passwords, so it is not shown); "
    "write [[route]] and its keys below (in the environment: a JSON list of objects)",
}


@pytest.mark.parametrize("text", REFUSED_AS_A_WHOLE)
def test_refused_as_a_whole(file: Path, text: str) -> None:
    file.write_text(text)
    assert refused(file) == [f"gateway.toml: {REFUSED_AS_A_WHOLE[text]}"]


@pytest.mark.parametrize("line", REFUSED)
def test_refused(file: Path, line: str) -> None:
    key = line.partition(" = ")[0]
    file.write_text(line)
    assert refused(file) == [f"gateway.toml: {key}: {REFUSED[line]}"]


@pytest.mark.parametrize("line", ROUTE_REFUSED)
def test_route_refused(file: Path, line: str) -> None:
    key = line.partition(" = ")[0]
    file.write_text(f"[[route]]\nprefix = '/first'\n[[route]]\n{line}")
    assert refused(file) == [f"gateway.toml: route[1].{key}: {ROUTE_REFUSED[line]}"]


def test_every_dialect_can_be_configured() -> None:
    assert tuple(DIALECTS) == values.DIALECTS
