"""The way out through a real forward proxy: Squid, which asks for a login and has rules."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.lab.folders import open_folder
from tests.lab.frames import TEXT, frame, handshake, ok_or_echo, read_frame
from tests.lab.lab import NAME, Lab, listening, until
from tests.orphans import end_with_parent

SQUID = shutil.which("squid", path="/usr/sbin:/usr/bin")
LOGINS = Path("/usr/lib/squid/basic_ncsa_auth")
CONFIGURATION = """\
http_port 127.0.0.1:{port}
pid_filename none
cache_log {folder}/cache.log
access_log none
cache deny all
coredump_dir {folder}
shutdown_lifetime 0 seconds
auth_param basic program {logins} {folder}/logins
auth_param basic realm hospital
acl known proxy_auth REQUIRED
acl vendors dstdomain -n .example.com
hosts_file {folder}/hosts
http_access deny !known
http_access {rule}
http_access deny all
"""

pytestmark = pytest.mark.skipif(
    SQUID is None or not LOGINS.exists(), reason="squid is not installed: apt-get install squid"
)


@asynccontextmanager
async def squid(folder: Path, rule: str = "allow CONNECT") -> AsyncIterator[int]:
    """Run Squid in *folder*, which its own user reads and writes; yield its port."""
    assert SQUID is not None
    with listening("127.0.0.1") as free:
        port = free.getsockname()[1]
    _write(folder, port, rule)
    process = await asyncio.create_subprocess_exec(
        *(SQUID, "-N", "-f", str(folder / "squid.conf")),
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=end_with_parent,
    )
    try:
        await until(lambda: process.returncode is not None or _answers(port))
        assert process.returncode is None, (folder / "cache.log").read_text()
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _write(folder: Path, port: int, rule: str) -> None:
    known = subprocess.run(
        ["openssl", "passwd", "-apr1", "s3cr:et"], capture_output=True, text=True, check=True
    )
    (folder / "logins").write_text(f"moni:{known.stdout}")
    (folder / "hosts").write_text(f"127.0.0.1 {NAME}\n")
    (folder / "squid.conf").write_text(
        CONFIGURATION.format(port=port, folder=folder, logins=LOGINS, rule=rule)
    )
    folder.chmod(0o777)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_requests_and_websockets_and_what_squid_refuses(lab: Lab, tmp_path: Path) -> None:
    login, wrong = tmp_path / "login", tmp_path / "wrong"
    login.write_text("moni:s3cr:et\n")
    wrong.write_text("moni:secret\n")
    upstream = await lab.upstream(ok_or_echo)
    with open_folder() as folder:
        async with squid(folder) as port:
            way = {"proxy": f"http://127.0.0.1:{port}"}
            with_login = way | {"proxy_credentials_file": str(login)}

            client = await lab.client(await lab.gateway(upstream=with_login))
            for _ in range(2):
                assert (await client.get(upstream.at("/"))).status == 200
            assert (await handshake(client, upstream.at("/ws"))).status == 101
            client.send(frame(TEXT, b"hello", masked=True))
            assert (await read_frame(client)).payload == b"hello"
            client.close()

            for settings, error, says in (
                (way, "egress_auth", "asks for credentials; "),
                (
                    way | {"proxy_credentials_file": str(wrong)},
                    "egress_auth",
                    "does not accept the credentials in ",
                ),
            ):
                stranger = await lab.client(await lab.gateway(upstream=settings))
                answer = await stranger.get(upstream.at("/"))
                assert (answer.status, answer.error) == (502, error)
                assert says in answer.json["detail"]

            nowhere = await lab.client(await lab.gateway(upstream=with_login))
            answer = await nowhere.get(b"/up.example.com:1/")
            assert answer.error == "egress_refused"
            assert "answers 503 Service Unavailable to CONNECT" in answer.json["detail"]


async def test_rules_by_name_need_names(lab: Lab, tmp_path: Path) -> None:
    login = tmp_path / "login"
    login.write_text("moni:s3cr:et\n")
    upstream = await lab.upstream(ok_or_echo)
    with open_folder() as folder:
        async with squid(folder, "allow vendors") as port:
            way = {"proxy": f"http://127.0.0.1:{port}", "proxy_credentials_file": str(login)}

            by_address = await lab.client(await lab.gateway(upstream=way))
            answer = await by_address.get(upstream.at("/"))
            assert "answers 403 Forbidden to CONNECT for the address" in answer.json["detail"]
            assert "`upstream.proxy_resolves`" in answer.json["detail"]

            by_name = await lab.client(await lab.gateway(upstream=way | {"proxy_resolves": True}))
            assert (await by_name.get(upstream.at("/"))).status == 200
