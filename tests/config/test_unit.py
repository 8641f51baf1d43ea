"""The installed unit, as its files and drop-ins say."""

from pathlib import Path

import pytest

from sigproxy.config.unit import Unit, installed
from tests.service.systemd import UNITS

ETC = "etc/systemd/system"


def put(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(root: Path) -> Unit:
    unit = installed(root)
    assert unit is not None
    return unit


def test_nothing_is_installed(tmp_path: Path) -> None:
    assert installed(tmp_path) is None
    put(tmp_path, f"{ETC}/sigproxy.socket", "[Socket]\nListenStream=443\n")
    assert installed(tmp_path) is None


def test_our_own_units(tmp_path: Path) -> None:
    for each in ("sigproxy.service", "sigproxy.socket"):
        put(tmp_path, f"{ETC}/{each}", (UNITS / each).read_text())
    wants = tmp_path / ETC / "sockets.target.wants"
    unit = found(tmp_path)
    assert unit.path == tmp_path / ETC / "sigproxy.service"
    assert (unit.user, unit.group, unit.is_dynamic) == ("sigproxy", "sigproxy", False)
    assert unit.open_files == 524288
    assert not unit.takes_low_ports
    assert Path("/var/log/sigproxy") in unit.made
    assert unit.may_write(Path("/var/log/sigproxy/access.log"))
    assert not unit.may_write(Path("/var/log/access.log"))
    assert Path("/root") in unit.hidden
    assert unit.binds == (), "it is not enabled"
    wants.mkdir()
    (wants / "sigproxy.socket").symlink_to("/etc/systemd/system/sigproxy.socket")
    assert found(tmp_path).binds == ("0.0.0.0:443", "[::]:443")


def test_drop_ins_go_over_the_unit_in_the_order_of_their_names(tmp_path: Path) -> None:
    text = "[Unit]\nUser=none\n[Service]\nUser=a\nSupplementaryGroups=one two\nLimitNOFILE=1:2\n"
    put(tmp_path, f"{ETC}/sigproxy.service", text)
    put(tmp_path, f"{ETC}/sigproxy.service.d/20.conf", "[Service]\nUser=c\nLimitNOFILE=infinity")
    put(tmp_path, f"{ETC}/sigproxy.service.d/10.conf", "[Service]\nUser=b\nSupplementaryGroups=3")
    put(tmp_path, "run/systemd/system/sigproxy.service.d/20.conf", "[Service]\nUser=other")
    unit = found(tmp_path)
    assert (unit.user, unit.more_groups, unit.open_files) == ("c", ("one", "two", "3"), None)
    put(tmp_path, f"{ETC}/sigproxy.service.d/30.conf", "[Service]\nUser=\nSupplementaryGroups=\n")
    assert (found(tmp_path).user, found(tmp_path).more_groups) == ("root", ())


def test_the_first_folder_wins(tmp_path: Path) -> None:
    put(tmp_path, "usr/lib/systemd/system/sigproxy.service", "[Service]\nUser=packaged")
    assert found(tmp_path).user == "packaged"
    put(tmp_path, f"{ETC}/sigproxy.service", "[Service]\nUser=own")
    assert found(tmp_path).user == "own"


def test_lines_go_on_and_comments_do_not_count(tmp_path: Path) -> None:
    more = "AmbientCapabilities=CAP_CHOWN \\\n# no\n CAP_NET_BIND_SERVICE"
    put(tmp_path, f"{ETC}/sigproxy.service", f"[Service]\n#User=x\n; User=y\n{more}")
    assert found(tmp_path).takes_low_ports
    assert found(tmp_path).user == "root"


def test_a_dynamic_user(tmp_path: Path) -> None:
    put(tmp_path, f"{ETC}/sigproxy.service", "[Service]\nDynamicUser=yes\nStateDirectory=a b:c")
    unit = found(tmp_path)
    assert (unit.user, unit.is_dynamic) == ("sigproxy", True)
    assert unit.made == (Path("/var/lib/a"), Path("/var/lib/b"))
    assert not unit.may_write(Path("/srv/access.log"))
    assert unit.may_write(Path("/var/lib/b/access.log"))


def test_variables_of_the_unit_and_of_its_files(tmp_path: Path) -> None:
    put(
        tmp_path,
        f"{ETC}/sigproxy.service",
        '[Service]\nEnvironment=PATH=/bin SIGPROXY_A=1 "SIGPROXY_B=two words"\n'
        "Environment=SIGPROXY_C=1\nEnvironmentFile=-/etc/none\nEnvironmentFile=/etc/environment\n",
    )
    put(
        tmp_path,
        "etc/environment",
        "# SIGPROXY_X=1\nSIGPROXY_C=2\nLANG=C\nSIGPROXY_D = 'a b'\n"
        'SIGPROXY_ROUTE=[{"prefix": "/a"}]\n',
    )
    assert found(tmp_path).environment == {
        "SIGPROXY_A": "1",
        "SIGPROXY_B": "two words",
        "SIGPROXY_C": "2",
        "SIGPROXY_D": "a b",
        "SIGPROXY_ROUTE": '[{"prefix": "/a"}]',
    }


@pytest.mark.parametrize(
    ("listens", "bind"),
    [
        ("443", "[::]:443"),
        ("192.0.2.1:443", "192.0.2.1:443"),
        ("/run/gateway.sock", "unix:/run/gateway.sock"),
    ],
)
def test_what_a_socket_unit_opens(tmp_path: Path, listens: str, bind: str) -> None:
    put(tmp_path, f"{ETC}/sigproxy.service", "[Service]\n")
    put(tmp_path, f"{ETC}/sigproxy.socket", f"[Socket]\nListenStream={listens}\n")
    wants = put(tmp_path, f"{ETC}/multi-user.target.wants/x", "").parent
    (wants / "sigproxy.socket").symlink_to("../sigproxy.socket")
    assert found(tmp_path).binds == (bind,)
