"""Certificates for loopback: one authority per process, and server certificates that are good, expired or for another host."""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import ssl
import tempfile
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Certificate = Literal["good", "expired", "wrong-host"]
_DAY = dt.timedelta(days=1)


class Authority:
    """A root of its own in a temporary folder; ``ca_path`` is its certificate (PEM) for clients to trust."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="wire-ca-")
        self._root = Path(self._folder.name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wire Test Authority")])
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self.ca_path = self._root / "ca.pem"
        self.ca_path.write_bytes(self._self_signed().public_bytes(serialization.Encoding.PEM))

    def server_context(self, kind: Certificate, address: str) -> ssl.SSLContext:
        """For a server on ``address`` (also valid for localhost, unless ``wrong-host``).

        Prefers h2 in ALPN, so that a client which offers what a WARC block cannot hold is caught by it.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.load_cert_chain(self._issue(kind, address))
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, start: dt.datetime, end: dt.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier), critical=False)
        )

    def _self_signed(self) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = self._builder(self._name, self._key.public_key(), now - 30 * _DAY, now + 30 * _DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())

    def _issue(self, kind: Certificate, address: str) -> Path:
        now = dt.datetime.now(dt.UTC)
        end = now - _DAY if kind == "expired" else now + 10 * _DAY
        names: list[x509.GeneralName] = [x509.DNSName("elsewhere.example")]
        if kind != "wrong-host":
            names = [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Wire {kind}")])
        builder = self._builder(subject, key.public_key(), now - 20 * _DAY, end)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        path = self._root / f"{kind}-{address}.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return path


@functools.cache
def authority() -> Authority:
    """The one of this process: clients trust a single file."""
    return Authority()
