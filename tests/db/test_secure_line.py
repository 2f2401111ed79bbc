"""The line to the server: TLS that is verified, passwords that are never shown, peer on the server's own socket."""

import io
import logging
import os
import pwd
import secrets
import shutil
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from db import postgres, roles, schema
from db.connection import Store, StoreError, Trouble
from kiosk.settings import load
from tests.postgres import DEBIAN, PROGRAMS, Server, a_server, user

PASSWORD = "rahasia-sekali:8\\x"
HBA = """\
local all postgres trust
local all all peer
host all all 127.0.0.1/32 scram-sha-256
"""


# certificates


@dataclass(frozen=True)
class Authority:
    """A CA of our own: its certificate's file, and what it signs."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def sign(self, host: str, folder: Path) -> tuple[Path, Path]:
        """Certificate and key of a server of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(host, key, self.certificate.subject).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
        )
        certificate, private = folder / f"{host}.pem", folder / f"{host}.key"
        certificate.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        private.chmod(0o600)
        return certificate, private


def authority(folder: Path, name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _certificate(name, key, subject).add_extension(x509.BasicConstraints(True, None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    file = folder / f"{name}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(file, key, certificate)


def _certificate(name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
    )


# the server


class TlsFront:
    """TLS before a server that was built without it (the wheel's), as PostgreSQL's protocol asks for it."""

    def __init__(self, certificate: Path, key: Path, server_port: int) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._server_port = server_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            request = line.recv(8)
            if request != b"\0\0\0\x08\x04\xd2\x16\x2f":  # SSLRequest; who asks for less gets nothing
                return
            line.sendall(b"S")
            with (
                self._context.wrap_socket(line, server_side=True) as inner,
                socket.create_connection(("127.0.0.1", self._server_port)) as server,
            ):
                back = threading.Thread(target=_copy, args=(server, inner), daemon=True)
                back.start()
                _copy(inner, server)
                back.join(5)
        except OSError:
            pass
        finally:
            line.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@dataclass(frozen=True)
class Place:
    """A server with one office database and a counter's role that has a password."""

    server: Server
    port: int
    ours: Authority
    others: Authority

    def address(self, password: str = "", **query: str) -> str:
        given = f"{'loket:' + password if password else 'loket'}@localhost:{self.port}/kantor?hostaddr=127.0.0.1&"
        return f"postgresql://{given}" + "&".join(f"{key}={value}" for key, value in query.items())

    def verified(self, password: str = "", **query: str) -> str:
        return self.address(password, sslmode="verify-full", sslrootcert=str(self.ours.file), **query)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """With a server that speaks TLS itself where there is one (Debian's), else behind a front that does."""
    if not PROGRAMS:
        pytest.skip("no PostgreSQL to start here")
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    ours, others = authority(folder, "ours"), authority(folder, "others")
    certificate, key = ours.sign("localhost", folder)
    with a_server(DEBIAN, ("listen_addresses = '127.0.0.1'", "fsync = off")) as server:
        assert server is not None
        found = PROGRAMS.index(DEBIAN) if DEBIAN else None
        options = [f"port = {port}"]
        if found is not None:
            options += [f"ssl = on\nssl_cert_file = '{server.folder}/c.pem'\nssl_key_file = '{server.folder}/k.pem'"]
            for source, name in ((certificate, "c.pem"), (key, "k.pem")):
                shutil.copy(source, server.folder / name)
                os.chmod(server.folder / name, 0o600)
                if user():
                    os.chown(server.folder / name, user()["user"], user()["group"])
        with (server.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{line}\n" for line in options)
        (server.data / "pg_hba.conf").write_text(HBA)
        server.stop()
        server.start()
        _prepare(server, port)
        front = None if found is not None else TlsFront(certificate, key, port)
        yield Place(server, port if front is None else front.port, ours, others)
        if front is not None:
            front.close()


def _prepare(server: Server, port: int) -> None:
    import psycopg

    admin = f"host={server.folder} port={port} user=postgres"
    with psycopg.connect(f"{admin} dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE kantor")
        store = Store(f"postgresql://postgres@/kantor?host={server.folder}&port={port}")
        schema.migrate(store)
        roles.grant(store)
        store.close()
        connection.execute(f"CREATE ROLE loket LOGIN PASSWORD '{PASSWORD}' IN ROLE {roles.TERMINAL_ROLE}")
        here = pwd.getpwuid(os.geteuid()).pw_name
        if here != "postgres":
            connection.execute(f'CREATE ROLE "{here}" LOGIN IN ROLE {roles.TERMINAL_ROLE}')


def trouble_of(address: str) -> Trouble | None:
    """Why it does not connect (CORRUPT where the password is in the traceback)."""
    store = Store(address)
    try:
        schema.require_current(store)
    except StoreError as error:
        shown = "".join(traceback.format_exception(error))
        return Trouble.CORRUPT if PASSWORD in shown else error.trouble
    finally:
        store.close()
    return None


def quoted(text: str) -> str:
    return postgres.quote(text, safe="")


def passfile(folder: Path, password: str = PASSWORD, mode: int = 0o600) -> Path:
    file = folder / secrets.token_hex(4)
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"*:*:kantor:loket:{escaped}\n")
    file.chmod(mode)
    return file


# what is tried


def test_a_counter_connects_by_tls_that_it_verifies_and_a_password_of_a_file(place: Place, tmp_path: Path) -> None:
    store = Store(place.verified(passfile=str(passfile(tmp_path))))
    with store.reading():
        connection = store.database.connection()
        assert connection.pgconn.ssl_in_use
        assert store.database.execute_sql("SELECT current_user").fetchone() == ("loket",)
    assert (roles.excess(store), postgres.is_checked(store.url)) == ([], True)
    store.close()


CERTIFICATES: dict[str, Callable[[Place, Path], str]] = {
    "another authority": lambda place, folder: place.address(
        sslmode="verify-full", sslrootcert=str(place.others.file), passfile=str(passfile(folder))
    ),
    "another name": lambda place, folder: place.verified(passfile=str(passfile(folder))).replace(
        "@localhost:", "@loket.imigrasi:"
    ),
    "no authority's file": lambda place, folder: place.address(
        sslmode="verify-full", sslrootcert=str(folder / "none.pem"), passfile=str(passfile(folder))
    ),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_server_that_is_not_proven_to_be_ours_is_refused_by_its_own_name(
    place: Place, tmp_path: Path, case: str
) -> None:
    assert trouble_of(CERTIFICATES[case](place, tmp_path)) is Trouble.UNTRUSTED


def test_who_does_not_verify_would_have_been_let_in(place: Place, tmp_path: Path) -> None:
    """The same server and authority: what refuses above is the verifying, nothing else."""
    address = place.address(sslmode="require", passfile=str(passfile(tmp_path)))
    assert trouble_of(address) is None
    assert postgres.is_checked(address.replace("localhost", "server")) is False


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_password_file_that_others_may_read_is_not_used(place: Place, tmp_path: Path, mode: int) -> None:
    assert trouble_of(place.verified(passfile=str(passfile(tmp_path, mode=mode)))) is Trouble.NOT_ADMITTED


def test_a_wrong_password_is_said_as_such(place: Place, tmp_path: Path) -> None:
    assert trouble_of(place.verified(passfile=str(passfile(tmp_path, "salah")))) is Trouble.NOT_ADMITTED


def test_a_password_may_come_by_the_environments_own_file(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", str(passfile(tmp_path)))
    assert trouble_of(place.verified()) is None


def test_files_of_the_address_are_of_the_offices_folder(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(place.ours.file, tmp_path / "ca.pem")
    passfile(tmp_path).rename(tmp_path / "sandi")
    address = place.address(sslmode="verify-full", sslrootcert="ca.pem", passfile="sandi")
    (tmp_path / "kiosk.toml").write_text(f'database = "{address}"\n')
    monkeypatch.chdir("/")
    assert trouble_of(load(tmp_path / "kiosk.toml").database_url) is None


def test_on_the_servers_own_socket_the_account_is_the_role(place: Place) -> None:
    here = pwd.getpwuid(os.geteuid()).pw_name
    port = Store(place.address()).url and _inner_port(place)
    socket_of = f"postgresql:///kantor?host={place.server.folder}&port={port}"
    assert trouble_of(socket_of) is None
    if here != "loket":
        assert trouble_of(socket_of.replace(":///", "://loket@/")) is Trouble.NOT_ADMITTED
    assert postgres.is_checked(socket_of)


def _inner_port(place: Place) -> int:
    names = [path.name for path in place.server.folder.glob(".s.PGSQL.*") if path.suffix != ".lock"]
    return int(names[0].rsplit(".", 1)[1])


def test_no_password_is_shown_by_doctor_migrate_or_the_log(place: Place, tmp_path: Path) -> None:
    """An address that holds its password, as it should not, in every way a command can fail with it."""
    from typer.testing import CliRunner

    from kiosk.cli import build

    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    told = ""
    try:
        for address in (
            place.verified(quoted(PASSWORD)),
            place.verified(quoted(PASSWORD)).replace("/kantor?", "/tidak-ada?"),
            place.verified(quoted(PASSWORD)).replace("loket:", "siapa:"),
            f"{place.verified()}&password={quoted(PASSWORD)}".replace("/kantor?", "/tidak-ada?"),
            f"{place.verified()}&password={quoted(PASSWORD)}",
        ):
            (tmp_path / "kiosk.toml").write_text(f'database = "{address}"\n')
            for verb in (["doctor"], ["doctor", "--json"], ["migrate"], ["key", "list"], ["backup", str(tmp_path)]):
                done = CliRunner().invoke(build(), [*verb, "--config", str(tmp_path / "kiosk.toml")])
                told += done.output + repr(done.exception)
                if done.exc_info is not None:
                    told += "".join(traceback.format_exception(*done.exc_info))
            assert PASSWORD not in postgres.without_password(address)
            assert quoted(PASSWORD) not in postgres.without_password(address)
    finally:
        logging.getLogger().removeHandler(handler)
    for secret in (PASSWORD, quoted(PASSWORD), PASSWORD.split(":")[0]):
        assert secret not in told + log.getvalue()
    assert all(code in told for code in ("database_forbidden", "database_not_admitted")), "some were let in"
