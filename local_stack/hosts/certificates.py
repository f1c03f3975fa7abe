"""A certificate authority of one estate, and its certificate for S3's names. Hosts of the estate trust it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local_stack.state import write_private

DAYS = 30


@dataclass(frozen=True)
class Certificates:
    """Three files of PEM: what hosts trust, and what the front shows."""

    authority: Path
    certificate: Path
    key: Path


def names_of(region: str) -> list[str]:
    """Return the names by which hosts call what their VPC has endpoints for; * is a bucket's name."""
    return [f"{name}.{region}.amazonaws.com" for name in ("s3", "*.s3", "ssm", "ssmmessages")]


def of(directory: Path) -> Certificates:
    """Return the files that are, or will be, in `directory`."""
    return Certificates(directory / "authority.crt", directory / "s3.crt", directory / "s3.key")


def create(directory: Path, region: str) -> Certificates:
    """New files in `directory`; the authority's key is kept nowhere."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = of(directory)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name = _name("Emulated AWS, of one machine")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.DNSName(name) for name in names_of(region)]
    certificate = (
        _builder(_name(names_of(region)[0]), authority_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    write_private(made.authority, _pem(authority))
    write_private(made.certificate, _pem(certificate))
    write_private(made.key, _key_pem(key))
    return made


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
