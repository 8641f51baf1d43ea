"""The units under a real systemd: as they are started, reloaded and restarted on a server."""

import functools
import os
import ssl
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection

import pytest
import trustme

from tests.service import booted
from tests.service.booted import CONFIG, ID, USER, Machine
from tests.service.process import START_S
from tests.service.systemd import SERVICE, SOCKET

CERTIFICATE, KEY = "/etc/sigproxy/fullchain.pem", "/etc/sigproxy/privkey.pem"
ROUTE = '[[route]]\ntargets = ["api.example.com"]\n'
TLS = f'certificate = "{CERTIFICATE}"\nprivate_key = "{KEY}"\n'
SERVED = f'[server]\nbind = ["0.0.0.0:443", "[::]:443"]\nworkers = 1\n{TLS}'
ADMIN = '[admin]\nbind = "127.0.0.1:9901"\n'
LOW_PORTS = "CAP_NET_BIND_SERVICE"
WITHOUT_SOCKET = f"""[Service]
PrivateDevices=no
AmbientCapabilities={LOW_PORTS}
CapabilityBoundingSet={LOW_PORTS}
PrivateUsers=no
"""


@functools.cache
def obstacle() -> str | None:
    return booted.obstacle()


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Return a machine with a configuration, and a key that only root and the service can read."""
    if reason := obstacle():
        pytest.skip(reason)
    with booted.booted() as made:
        leaf = trustme.CA().issue_cert("gw.example")
        made.write(CERTIFICATE, leaf.cert_chain_pems[0].bytes().decode())
        made.write(KEY, leaf.private_key_pem.bytes().decode(), 0o640)
        os.chown(made.path(KEY), 0, ID)
        made.write(CONFIG, SERVED + ADMIN + ROUTE)
        yield made


@pytest.fixture(params=["socket", "capability"])
def service(machine: Machine, request: pytest.FixtureRequest) -> Machine:
    """Return a machine that serves: at the sockets of systemd, and at its own."""
    units = [SOCKET.name, SERVICE.name]
    if request.param == "capability":
        machine.drop_in(WITHOUT_SOCKET)
        units = [SERVICE.name]
    machine.must("systemctl", "enable", "--now", *units)
    serves(machine)
    return machine


def serves(machine: Machine, status: str = "serving https://0.0.0.0:443, https://[::]:443") -> None:
    deadline = time.monotonic() + START_S
    while not machine.show("StatusText").startswith(status):
        assert time.monotonic() < deadline, machine.show("StatusText") + machine.journal()
        time.sleep(0.05)


def asked(machine: Machine, target: str = "/-/live", host: str = "127.0.0.1") -> int:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection("gw.example", context=context, timeout=START_S)
    plain = machine.connected(443, host)
    connection.sock = context.wrap_socket(plain, server_hostname="gw.example")
    try:
        connection.request("GET", target)
        return connection.getresponse().status
    finally:
        connection.close()


def gauge(machine: Machine, name: str) -> float:
    connection = HTTPConnection("127.0.0.1", 9901)
    connection.sock = machine.connected(9901)
    connection.request("GET", "/-/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    [line] = [each for each in text.splitlines() if each.startswith(f"sigproxy_{name} ")]
    return float(line.split()[1])


def reload(machine: Machine) -> bool:
    return machine.run("systemctl", "reload", SERVICE.name).returncode == 0


def check(machine: Machine, *options: str) -> tuple[int, str]:
    done = machine.sigproxy("check", "--config", str(CONFIG), *options)
    return done.returncode, done.stdout


def test_it_serves_and_says_what(service: Machine) -> None:
    assert service.show("StatusText") == (
        "serving https://0.0.0.0:443, https://[::]:443 with 1 worker(s)"
    )
    assert asked(service) == 200
    assert asked(service, host="::1") == 200
    assert "Listening at: https://0.0.0.0:443,https://[::]:443 (" in service.journal()
    assert check(service, "--running")[0] == 0


def test_a_good_configuration_is_served_when_the_reload_has_ended(service: Machine) -> None:
    assert asked(service, "/api.example.com/") != 403
    service.write(CONFIG, SERVED + ADMIN + ROUTE.replace("api", "other"))

    assert reload(service), service.journal()

    assert asked(service, "/api.example.com/") == 403
    assert gauge(service, "config_last_reload_success") == 1


REFUSED = {
    "syntax": ("[server\n", "line 1, column 8: is not TOML: "),
    "open relay": (SERVED + ADMIN, "is reachable from other machines, and the targets "),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_wrong_configuration_fails_the_reload_and_the_old_one_serves(
    service: Machine, fault: str
) -> None:
    text, what = REFUSED[fault]
    main = service.show("MainPID")
    service.write(CONFIG, text)

    assert not reload(service)

    assert what in service.journal()
    assert asked(service) == 200
    assert service.show("ActiveState") == "active"
    assert service.show("MainPID") == main
    assert service.show("StatusText").endswith("; the last reload was refused, see the log")
    assert gauge(service, "config_last_reload_success") == 0
    assert check(service, "--running")[0] == 1
    service.write(CONFIG, SERVED + ADMIN + ROUTE)
    assert reload(service), service.journal()
    assert gauge(service, "config_last_reload_success") == 1


def test_a_key_that_only_root_can_read(service: Machine) -> None:
    os.chown(service.path(KEY), 0, 0)
    service.path(KEY).chmod(0o600)

    code, said = check(service, "--running")
    assert code == 1
    assert f"server.private_key: {KEY} cannot be read by the user {USER}, as whom the" in said
    assert f"chgrp {USER} {KEY} && chmod 640 {KEY}" in said
    assert check(service, "--running", "--user", "root")[0] == 0

    assert not reload(service)

    assert f"server.private_key: {KEY} cannot be read: Permission denied" in service.journal()
    assert asked(service) == 200
    service.must("chgrp", USER, KEY)
    service.must("chmod", "640", KEY)
    assert check(service, "--running")[0] == 0
    assert reload(service), service.journal()


def test_the_sockets_of_systemd_are_the_gateways_addresses(machine: Machine) -> None:
    """What would be no open relay at its own address is one at those."""
    machine.write(CONFIG, '[server]\nbind = ["127.0.0.1:8443"]\n')
    assert check(machine)[0] == 0
    machine.must("systemctl", "enable", SOCKET.name)

    code, said = check(machine)

    assert code == 1
    assert "0.0.0.0:443, [::]:443 is reachable from other machines" in said


def test_a_low_port_without_the_socket_and_without_the_capability(machine: Machine) -> None:
    code, said = check(machine)
    assert code == 1
    assert f"0.0.0.0:443 needs a permission that the user {USER} does not have" in said
    assert f"systemctl enable {SOCKET.name}" in said
    machine.must("systemctl", "enable", SOCKET.name)
    assert check(machine)[0] == 0


def test_a_log_in_the_folder_that_systemd_makes(machine: Machine) -> None:
    machine.must("systemctl", "enable", SOCKET.name)
    log = "/var/log/sigproxy/access.log"
    machine.write(CONFIG, f'{SERVED}{ROUTE}[access_log]\npath = "{log}"\n')
    assert check(machine)[0] == 0, "it is made when the service starts"
    machine.must("systemctl", "start", SOCKET.name, SERVICE.name)
    serves(machine)
    assert check(machine, "--running")[0] == 0
    os.chown(machine.path(log), 0, 0)
    assert f"{log} cannot be written by the user {USER}" in check(machine, "--running")[1]
    machine.write(CONFIG, f'{SERVED}{ROUTE}[access_log]\npath = "/var/log/access.log"\n')
    assert "/var/log/access.log is read-only for the service" in check(machine, "--running")[1]


def test_the_variables_of_the_service_count_for_root(machine: Machine) -> None:
    machine.must("systemctl", "enable", SOCKET.name)
    machine.write("/etc/sigproxy/environment", "SIGPROXY_SERVER__DRIAN_S=9\n", 0o600)
    code, said = check(machine)
    assert code == 1
    assert "environment: SIGPROXY_SERVER__DRIAN_S: unknown setting; did you mean " in said


def test_a_dynamic_user_with_a_credential(machine: Machine) -> None:
    """Not as our unit has it; what an operator may make of it."""
    os.chown(machine.path(KEY), 0, 0)
    machine.path(KEY).chmod(0o600)
    machine.drop_in(
        "[Service]\nPrivateDevices=no\nUser=\nGroup=\nDynamicUser=yes\n"
        f"LoadCredential=privkey.pem:{KEY}\n"
    )
    place = f"/run/credentials/{SERVICE.name}/privkey.pem"
    machine.write(CONFIG, (SERVED + ADMIN + ROUTE).replace(KEY, place))
    machine.must("systemctl", "enable", "--now", SOCKET.name, SERVICE.name)
    serves(machine)

    code, said = check(machine, "--running")
    assert code == 0, said
    assert "note: server.certificate: systemd copies what is in " in said
    assert f"user: {USER}, as /etc/systemd/system/{SERVICE.name} has it" in said
    assert reload(machine), machine.journal()
    assert asked(machine) == 200


def test_a_restart_behind_the_socket_loses_no_request(machine: Machine) -> None:
    machine.must("systemctl", "enable", "--now", SOCKET.name, SERVICE.name)
    serves(machine)
    answers: list[int] = []
    restarted = threading.Event()

    def ask() -> None:
        while not restarted.is_set() or len(answers) < 20:
            answers.append(asked(machine))
            time.sleep(0.1)

    client = threading.Thread(target=ask)
    client.start()
    main = machine.show("MainPID")
    machine.must("systemctl", "restart", SERVICE.name)
    serves(machine)
    restarted.set()
    client.join()

    assert machine.show("MainPID") != main
    assert set(answers) == {200}
