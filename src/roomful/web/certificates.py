"""A certificate for trials on a local network: browsers give camera and microphone only to https and to localhost.

It is kept, so that the exception somebody made for it in a browser holds after a restart. A new one is made only when
the old one runs out or this machine has got an address that is not in it.
"""

import datetime
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = datetime.timedelta(days=397)
"""The longest lifetime that all browsers accept of a server certificate."""

RENEW_BEFORE = datetime.timedelta(days=30)


class CertificateFiles(msgspec.Struct, frozen=True):
    """Paths of a certificate chain and its private key, both PEM."""

    certificate: Path
    key: Path


def self_signed(directory: Path, addresses: Iterable[str], now: datetime.datetime) -> CertificateFiles:
    """Find or make the certificate in `directory` for this machine's names and `addresses`.

    Raises:
        OSError: the directory cannot be written.
    """
    files = CertificateFiles(directory / "self-signed.crt", directory / "self-signed.key")
    wanted = _names(addresses)
    if not _is_good(files, wanted, now):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(key, wanted, now)
        _write(files.key, _key_pem(key))
        _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    return files


def tls_context(files: CertificateFiles) -> ssl.SSLContext:
    """Of a server with this certificate. Raises OSError, ssl.SSLError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    return context


def fingerprint(files: CertificateFiles) -> str:
    """SHA-256 of the certificate as browsers show it: pairs of hex digits with colons between."""
    digest = x509.load_pem_x509_certificate(files.certificate.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def _names(addresses: Iterable[str]) -> list[x509.GeneralName]:
    host = socket.gethostname()
    # `.local` is how machines are found on a home network without any DNS server.
    names = dict.fromkeys(name for name in ("localhost", host, f"{host.partition('.')[0]}.local") if name.isascii())
    ips = dict.fromkeys(ipaddress.ip_address(address) for address in ("127.0.0.1", "::1", *addresses))
    return [*map(x509.DNSName, names), *map(x509.IPAddress, ips)]


def _is_good(files: CertificateFiles, wanted: Iterable[x509.GeneralName], now: datetime.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    fits = key.public_key() == certificate.public_key()
    return fits and set(wanted) <= set(names) and now + RENEW_BEFORE < certificate.not_valid_after_utc


def _certificate(
    key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName], now: datetime.datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "roomful (self-signed)")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # An hour back: the clocks of phones and laptops differ.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    partial = path.with_suffix(".new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    partial.replace(path)
