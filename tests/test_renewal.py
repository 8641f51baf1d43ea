"""A certificate that is renewed on disk: when it is taken up, and when it is not."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import trustme

from sigproxy import renewal
from sigproxy.renewal import Refused, Renewal, Renewed

NAME = "gateway.example.com"
BOTH_VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class Files:
    """A pair on disk, and the authority that the latest certificate is from."""

    def __init__(self, directory: Path) -> None:
        self.certificate, self.private_key = directory / "cert.pem", directory / "key.pem"
        self.leaf = self.issue()
        self.write()

    def issue(self, **how: object) -> trustme.LeafCert:
        self.authority = trustme.CA()
        self.leaf = self.authority.issue_cert(NAME, **how)  # type: ignore[arg-type]
        return self.leaf

    def write(self) -> None:
        self.write_certificate()
        self.leaf.private_key_pem.write_to_path(str(self.private_key))

    def write_certificate(self) -> None:
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in self.leaf.cert_chain_pems))

    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = False
        self.authority.configure_trust(context)
        return context


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def watched(files: Files, monkeypatch: pytest.MonkeyPatch) -> Renewal:
    monkeypatch.setattr(renewal, "POLL_EVERY_S", 0.0)
    return Renewal.load(files.certificate, files.private_key)


def news(watched: Renewal, polls: int = 4) -> list[Renewed | Refused]:
    """Return what several polls bring."""
    return [found for _ in range(polls) if (found := watched.poll())]


def meet(
    server: ssl.SSLContext,
    client: ssl.SSLContext,
    name: str | None = NAME,
    session: ssl.SSLSession | None = None,
) -> ssl.SSLObject:
    """Shake hands in memory; return the client's side. Raises what the client would."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(down, up, server_hostname=name, session=session)
    far = server.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (near, far):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    far.write(b"ticket")
    near.read(6)
    return near


def test_files_that_stay_the_same_are_no_news(watched: Renewal) -> None:
    assert news(watched) == []


@pytest.mark.parametrize("version", BOTH_VERSIONS)
@pytest.mark.parametrize("name", [NAME, None])
def test_a_renewed_certificate_is_served(
    files: Files, watched: Renewal, version: ssl.TLSVersion, name: str | None
) -> None:
    old = files.trust()
    meet(watched.context, old, name)
    files.issue()
    files.write()

    assert [type(each) for each in news(watched)] == [Renewed]

    new = files.trust()
    new.maximum_version = version
    new.set_alpn_protocols(["h2", "http/1.1"])
    client = meet(watched.context, new, name)
    assert (client.version() == "TLSv1.2") == (version is ssl.TLSVersion.TLSv1_2)
    assert client.selected_alpn_protocol() == "http/1.1"
    der = client.getpeercert(binary_form=True) or b""
    assert watched.served is not None
    assert bytes.fromhex(watched.served.sha256.replace(":", "")) == sha256(der).digest()
    with pytest.raises(ssl.SSLCertVerificationError):
        meet(watched.context, old, name)


def test_the_news_has_the_date(files: Files, watched: Renewal) -> None:
    files.issue(not_after=datetime(2035, 5, 17, 12, 30, tzinfo=UTC))
    files.write()

    [said] = news(watched)

    assert str(said) == f"{files.certificate}: renewed, valid until 2035-05-17 12:30 UTC"


def test_it_can_be_renewed_again(files: Files, watched: Renewal) -> None:
    for _ in range(3):
        files.issue()
        files.write()
        assert [type(each) for each in news(watched)] == [Renewed]
        meet(watched.context, files.trust())


@pytest.mark.parametrize(
    ("before", "after"),
    [(trustme.KeyType.RSA, trustme.KeyType.ECDSA), (trustme.KeyType.ECDSA, trustme.KeyType.RSA)],
)
def test_a_pair_of_another_kind_leaves_nothing_of_the_old_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: trustme.KeyType,
    after: trustme.KeyType,
) -> None:
    """In one context the two would stand side by side, and each client choose."""
    monkeypatch.setattr(renewal, "POLL_EVERY_S", 0.0)
    files = Files(tmp_path)
    files.issue(key_type=before)
    files.write()
    watched = Renewal.load(files.certificate, files.private_key)
    old = files.trust()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")

    files.issue(key_type=after)
    files.write()
    assert [type(each) for each in news(watched)] == [Renewed]

    meet(watched.context, files.trust())
    with pytest.raises(ssl.SSLError):
        meet(watched.context, old)


def test_who_has_a_session_from_before_is_let_in(files: Files, watched: Renewal) -> None:
    """Nobody is turned away in the moment of a renewal; the handshake is a whole one."""
    trust = files.trust()
    session = meet(watched.context, trust).session
    files.issue()
    files.write()
    news(watched)
    files.authority.configure_trust(trust)

    meet(watched.context, trust, session=session)


def test_a_name_that_is_no_text_changes_nothing(files: Files, watched: Renewal) -> None:
    """Python decodes the name for a callback, and writes a traceback when that fails."""
    files.issue()
    files.write()
    news(watched)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = files.trust().wrap_bio(down, up, server_hostname=NAME)
    far = watched.context.wrap_bio(up, down, server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        near.do_handshake()
    hello = up.read()
    assert NAME.encode() in hello
    up.write(hello.replace(NAME[:2].encode(), b"\xff\xfe"))

    with pytest.raises(ssl.SSLWantReadError):  # of the client's answer to what it has sent
        far.do_handshake()

    assert down.pending > 500  # with the certificate


def test_half_a_pair_is_waited_for(files: Files, watched: Renewal) -> None:
    files.issue()
    files.write_certificate()
    assert watched.poll() is None  # and before the next poll comes the key

    files.write()

    assert [type(each) for each in news(watched)] == [Renewed]


def _half(files: Files) -> str:
    files.issue()
    files.write_certificate()
    return f"the key in {files.private_key} does not belong to {files.certificate}; name the pair"


def _cut_short(files: Files) -> str:
    files.certificate.write_bytes(files.certificate.read_bytes()[:200])
    return f"{files.certificate} does not load: "


def _missing(files: Files) -> str:
    files.private_key.unlink()
    return f"{files.private_key} cannot be read: No such file or directory; "


def _expired(files: Files) -> str:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    files.issue(not_before=long_ago[0], not_after=long_ago[1])
    files.write()
    return f"{files.certificate} has expired; renew it"


@pytest.mark.parametrize("spoil", [_half, _cut_short, _missing, _expired])
def test_what_does_not_serve_is_said_once_and_changes_nothing(
    files: Files, watched: Renewal, spoil: Callable[[Files], str]
) -> None:
    old = files.trust()
    why = spoil(files)

    [said] = news(watched)

    assert isinstance(said, Refused)
    assert str(said).startswith(f"the certificate is not renewed: {why}")
    assert "; the one before is served still, and valid until 3000-01-01" in str(said)
    meet(watched.context, old)

    files.issue()
    files.write()
    assert [type(each) for each in news(watched)] == [Renewed]
    meet(watched.context, files.trust())


def test_a_link_that_is_turned_is_a_renewal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As certbot leaves it: live/ links into archive/."""
    monkeypatch.setattr(renewal, "POLL_EVERY_S", 0.0)
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    live = tmp_path / "live"
    live.symlink_to(first)
    Files(first)
    watched = Renewal.load(live / "cert.pem", live / "key.pem")

    renewed = Files(second)
    (tmp_path / "next").symlink_to(second)
    (tmp_path / "next").rename(live)

    assert [type(each) for each in news(watched)] == [Renewed]
    meet(watched.context, renewed.trust())


def test_the_key_may_be_in_the_certificates_file(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "POLL_EVERY_S", 0.0)

    def write() -> None:
        files.leaf.private_key_and_cert_chain_pem.write_to_path(str(files.certificate))

    write()
    watched = Renewal.load(files.certificate, None)
    files.issue()
    write()

    assert [type(each) for each in news(watched)] == [Renewed]
    meet(watched.context, files.trust())


def test_it_looks_now_and_then(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "POLL_EVERY_S", 60.0)  # longer than keys and files take to make
    watched = Renewal.load(files.certificate, files.private_key)
    assert news(watched, polls=1) == []
    files.issue()
    files.write()

    assert news(watched, polls=50) == []
