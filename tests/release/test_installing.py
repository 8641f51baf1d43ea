"""The wheel, installed with pip, pipx and uv into places of its own, and used there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from sigproxy import __version__
from tests import isolation
from tests.lab.turn import SECRET
from tests.release.made import ROOT, Made

pytestmark = [pytest.mark.release, pytest.mark.timeout(600)]

BIN = Path(sys.executable).parent


def ran(command: Sequence[str | Path], cwd: Path, **environ: str | Path) -> tuple[int, str, str]:
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**kept, **{name: str(each) for name, each in environ.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def must(command: Sequence[str | Path], cwd: Path, **environ: str | Path) -> str:
    code, out, err = ran(command, cwd, **environ)
    assert code == 0, f"{command}: {out}{err}"
    return out


def played(demo: Sequence[str | Path], cwd: Path) -> None:
    """Run the demo, of which each step has to go as it should; TURN is one where coturn is."""
    found = re.search(r"^(\d) of (\d) steps went as they should\.$", must(demo, cwd), re.MULTILINE)
    assert found is not None
    assert found[1] == found[2] >= "5"


def installs(command: Sequence[str | Path], cwd: Path, **environ: str | Path) -> None:
    """Run what needs a package index, which no test reaches from its own network."""
    with isolation.outside():
        must(command, cwd, **environ)


def uv(*arguments: str | Path) -> list[str | Path]:
    return [BIN / "uv", *arguments, "--system-certs", "--no-progress"]


@dataclass
class Venv:
    """A virtual environment with what runtime.lock names, and the wheel."""

    folder: Path
    cwd: Path

    @property
    def sigproxy(self) -> Path:
        return self.folder / "bin" / "sigproxy"

    def pip(self, *arguments: str | Path) -> None:
        installs(uv("pip", "install", "--python", self.folder, *arguments), self.cwd)

    def add(self, lock: str) -> None:
        self.pip("--only-binary", ":all:", "--require-hashes", "-r", ROOT / "requirements" / lock)


@pytest.fixture(scope="session")
def venv(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Venv:
    cwd = tmp_path_factory.mktemp("elsewhere")
    installs([sys.executable, "-m", "venv", cwd / "venv"], cwd)
    found = Venv(cwd / "venv", cwd)
    found.add("runtime.lock")
    found.pip("--no-deps", "--no-index", made.wheel)
    return found


def test_the_version(venv: Venv) -> None:
    assert must([venv.sigproxy, "--version"], venv.cwd) == f"sigproxy, version {__version__}\n"


def test_the_demo_says_how_trustme_is_added_and_then_runs(venv: Venv) -> None:
    code, out, err = ran([venv.sigproxy, "demo", "--once"], venv.cwd)
    python = venv.folder / "bin" / "python"
    assert (code, out) == (1, "")
    assert err.strip().endswith(f": {python} -m pip install trustme")
    venv.add("demo.lock")
    played([venv.sigproxy, "demo", "--once"], venv.cwd)


def test_the_examples_that_are_installed_pass_check(venv: Venv, tmp_path: Path) -> None:
    """With certificate, keys, TURN secret and the extras; no port is opened."""
    venv.add("image.lock")
    leaf = trustme.CA().issue_cert("gateway.example.com", "gateway.example")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "fullchain.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "privkey.pem")
    (tmp_path / "turn-secret").write_text(f"{SECRET}\n")
    (tmp_path / "keys").write_text("a-key-of-a-client-01\n")
    for name in ("keys", "privkey.pem", "turn-secret"):
        (tmp_path / name).chmod(0o600)
    read = "import json; from sigproxy import installed_files as files; print(json.dumps("
    read += "{name: files.text(name) for name in files.names('conf') if name.endswith('.toml')}))"
    examples = json.loads(must([venv.folder / "bin" / "python", "-c", read], venv.cwd))
    assert len(examples) >= 4
    for name, text in examples.items():
        file = tmp_path / Path(name).name
        file.write_text(text.replace("/etc/sigproxy/", f"{tmp_path}/"))
        command = [venv.sigproxy, "check", "--running", "--user", "root", "--config", file]
        code, out, err = ran(command, venv.cwd)
        assert (code, out.startswith(f"{file}: ok; ")) == (0, True), err


def test_pipx_installs_it_and_injects_trustme(made: Made, tmp_path: Path) -> None:
    places = {"PIPX_HOME": tmp_path / "home", "PIPX_BIN_DIR": tmp_path / "bin"}
    sigproxy = tmp_path / "bin" / "sigproxy"
    installs([BIN / "pipx", "install", made.wheel], tmp_path, **places)
    code, _, err = ran([sigproxy, "demo", "--once"], tmp_path)
    assert code == 1
    told = err.strip().rpartition(": ")[2]
    assert told == "pipx inject sigproxy trustme"
    installs([BIN / "pipx", *told.split()[1:]], tmp_path, **places)
    played([sigproxy, "demo", "--once"], tmp_path)


def test_pipx_installs_it_with_the_demo(made: Made, tmp_path: Path) -> None:
    places = {"PIPX_HOME": tmp_path / "home", "PIPX_BIN_DIR": tmp_path / "bin"}
    installs([BIN / "pipx", "install", f"{made.wheel}[demo]"], tmp_path, **places)
    played([tmp_path / "bin" / "sigproxy", "demo", "--once"], tmp_path)


def test_uv_installs_it_and_adds_trustme(made: Made, tmp_path: Path) -> None:
    places = {"UV_TOOL_DIR": tmp_path / "tools", "UV_TOOL_BIN_DIR": tmp_path / "bin"}
    sigproxy = tmp_path / "bin" / "sigproxy"
    installs(uv("tool", "install", made.wheel), tmp_path, **places)
    code, _, err = ran([sigproxy, "demo", "--once"], tmp_path)
    assert code == 1
    told = err.strip().rpartition(": ")[2]
    assert told == f"uv pip install --python {tmp_path / 'tools' / 'sigproxy'} trustme"
    installs(uv(*told.split()[1:]), tmp_path)
    played([sigproxy, "demo", "--once"], tmp_path)


def test_uvx_runs_it(made: Made, tmp_path: Path) -> None:
    run = uv("tool", "run", "--from", made.wheel)
    demo = ("sigproxy", "demo", "--once")
    installs([*run, "sigproxy", "--version"], tmp_path)
    code, _, err = ran([*run, "--offline", *demo], tmp_path)
    assert code == 1
    assert "uvx --with trustme, and the rest of the command as it was" in err
    installs([*run, "--with", "trustme", "sigproxy", "--version"], tmp_path)
    played([*run, "--offline", "--with", "trustme", *demo], tmp_path)


def _python(version: str) -> Path | None:
    """Return an interpreter of this version; None: there is none here."""
    places = [Path(each) for each in os.environ["PATH"].split(os.pathsep)]
    places += sorted(Path.home().glob(".pyenv/versions/3.*/bin"))
    return next((place / f"python{version}" for place in places if _is_real(place, version)), None)


def _is_real(place: Path, version: str) -> bool:
    """Return whether a Python is there: pyenv has scripts of that name that end with an error."""
    python = shutil.which(f"python{version}", path=str(place))
    return python is not None and ran([python, "-c", ""], Path("/"))[0] == 0


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_each_python(made: Made, tmp_path: Path, version: str) -> None:
    if (python := _python(version)) is None:
        pytest.skip(f"there is no Python {version} here")
    folder = tmp_path / "venv"
    installs(uv("venv", "--python", python, folder), tmp_path)
    installs(uv("pip", "install", "--python", folder, f"{made.wheel}[demo]"), tmp_path)
    sigproxy = folder / "bin" / "sigproxy"
    assert must([sigproxy, "--version"], tmp_path) == f"sigproxy, version {__version__}\n"
    played([sigproxy, "demo", "--once"], tmp_path)
