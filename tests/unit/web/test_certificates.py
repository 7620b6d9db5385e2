"""The self-signed certificate: good for this machine's addresses, kept while it is good."""

import datetime
import ssl
import stat
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.certificates import LIFETIME, CertificateFiles, fingerprint, self_signed
from roomful.web.server import WebServer
from roomful.web.sockets import listen

NOW = datetime.datetime.now(datetime.UTC)


def names(files: CertificateFiles) -> x509.SubjectAlternativeName:
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_it_names_this_machine_and_its_addresses(tmp_path: Path) -> None:
    found = names(self_signed(tmp_path, ["192.0.2.7", "2001:db8::7"], NOW))
    assert {"127.0.0.1", "::1", "192.0.2.7", "2001:db8::7"} == {
        str(address) for address in found.get_values_for_type(x509.IPAddress)
    }
    assert "localhost" in found.get_values_for_type(x509.DNSName)


def test_it_is_the_same_after_a_restart(tmp_path: Path) -> None:
    first = fingerprint(self_signed(tmp_path, ["192.0.2.7"], NOW))
    # With an address less, too: a network that is down must not cost people their exceptions.
    assert fingerprint(self_signed(tmp_path, [], NOW + datetime.timedelta(days=100))) == first


@pytest.mark.parametrize(
    ("addresses", "later"), [(["192.0.2.8"], datetime.timedelta()), ([], LIFETIME - datetime.timedelta(days=7))]
)
def test_it_is_made_anew_for_a_new_address_and_before_it_runs_out(
    tmp_path: Path, addresses: list[str], later: datetime.timedelta
) -> None:
    first = fingerprint(self_signed(tmp_path, [], NOW))
    assert fingerprint(self_signed(tmp_path, addresses, NOW + later)) != first


@pytest.mark.parametrize("damaged", ["certificate", "key"])
def test_it_is_made_anew_when_a_file_is_damaged(tmp_path: Path, damaged: str) -> None:
    files = self_signed(tmp_path, [], NOW)
    getattr(files, damaged).write_text("nonsense")
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*_paths(self_signed(tmp_path, [], NOW)))


def test_nobody_else_can_read_the_key(tmp_path: Path) -> None:
    files = self_signed(tmp_path / "tls", [], NOW)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


async def test_clients_that_trust_it_connect(tmp_path: Path) -> None:
    async def hello(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(scope, send, 200, scope["scheme"].encode())

    files = self_signed(tmp_path, [], NOW)
    web = WebServer(hello, listen(["127.0.0.1"], 0), files)
    await web.start()
    trusting = ssl.create_default_context(cafile=files.certificate)
    async with httpx.AsyncClient(verify=trusting) as client:
        assert (await client.get(f"https://127.0.0.1:{web.port}/")).text == "https"
    await web.stop(1.0)


def _paths(files: CertificateFiles) -> tuple[Path, Path]:
    return files.certificate, files.key
