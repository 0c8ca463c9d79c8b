"""A self-signed certificate for the names of loopback, which clients can verify."""

import datetime as dt
import ipaddress
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "localhost"
ADDRESSES = ("127.0.0.1", "::1")
VALID = dt.timedelta(days=3650)


def make(certificate: Path, key: Path) -> None:
    """Write a certificate, and its key, mode 0600, unless the file of the key exists.

    Of servers that start at once, the key of the first stays, and each certificate is of it.
    """
    if not key.exists():
        draft = _write(key, _new_key(), 0o600)
        try:
            os.link(draft, key)
        except FileExistsError:
            pass  # by another server that starts
        finally:
            draft.unlink()
    private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{key} is of another kind, and its certificate is missing")
    _write(certificate, _sign(private), 0o644).replace(certificate)


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _sign(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the certificate; it is no authority, so trusting it trusts nothing else."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = x509.SubjectAlternativeName(
        [x509.DNSName(NAME), *(x509.IPAddress(ipaddress.ip_address(each)) for each in ADDRESSES)]
    )
    public, now = key.public_key(), dt.datetime.now(dt.UTC)
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False),
        (names, False),
    )
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=public,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - dt.timedelta(days=1),
        not_valid_after=now + VALID,
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int) -> Path:
    """Write a new file beside ``path`` and return its path."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    return draft
