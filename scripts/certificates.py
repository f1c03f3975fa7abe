"""Certificates of the platform's own authority: what makes a client sure that it speaks with our database.

ECDSA on P-256, as Mozilla's modern profile asks for. The authority signs servers of this platform and no
other authority. Everything is PEM text.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # a year, and a month in which to be late
RENEWED_BEFORE = timedelta(days=30)
_CLOCK_SKEW = timedelta(hours=1)  # a host's clock may be behind ours


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    certificate: str
    key: str


def new_authority(name: str, now: datetime) -> Pair:
    """Return a certificate authority that signs servers only."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    builder = _builder(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
    builder = builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)
    return _signed(builder, key, key)


def new_server(authority: Pair, names: list[str], now: datetime) -> Pair:
    """Return a server's certificate for all of its names and addresses; the first one is its common name."""
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    issuer_key = serialization.load_pem_private_key(authority.key.encode(), password=None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key must be ECDSA's")
    key = ec.generate_private_key(ec.SECP256R1())
    known_by = x509.SubjectAlternativeName([_alternative(name) for name in names])
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = _builder(_name(names[0]), issuer.subject, key.public_key(), now, SERVER_DAYS)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(known_by, critical=False)
        .add_extension(issued_by, critical=False)
    )
    return _signed(builder, key, issuer_key)


def is_good(certificate: str, authority: str, names: list[str], now: datetime) -> bool:
    """Whether the server's certificate is the authority's, names all names, and lasts a while longer."""
    served = x509.load_pem_x509_certificate(certificate.encode())
    issuer = x509.load_pem_x509_certificate(authority.encode())
    try:
        served.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError):
        return False
    found = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        set(found) == {_alternative(name) for name in names} and ends_at(certificate) > now + RENEWED_BEFORE
    )


def ends_at(certificate: str) -> datetime:
    """Return when a certificate ends, in UTC."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    begins_at = now.astimezone(UTC) - _CLOCK_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at)
        .not_valid_after(begins_at + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder, own_key: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey
) -> Pair:
    certificate = builder.sign(key, hashes.SHA256())
    private = own_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(**used: bool) -> x509.KeyUsage:
    """Return a key's usage: what is named, and nothing else."""
    all_uses = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{use: used.get(use, False) for use in all_uses})
