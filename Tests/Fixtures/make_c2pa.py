"""Certificates and keys for tests of signing, which nobody trusts: Tests/Fixtures/c2pa.

    python3 -m venv v && v/bin/pip install cryptography && v/bin/python Tests/Fixtures/make_c2pa.py
"""

import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = pathlib.Path(__file__).parent / "c2pa"
PEM = serialization.Encoding.PEM
PLAIN = serialization.NoEncryption()
PKCS8 = serialization.PrivateFormat.PKCS8


def builder(name, issuer, key):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(name)).issuer_name(named(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2026, 1, 1))
        .not_valid_after(datetime.datetime(2126, 1, 1)))


def write(name, data):
    (FOLDER / name).write_bytes(data)


authority, key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
root = builder("Test authority", "Test authority", authority).add_extension(
    x509.BasicConstraints(True, None), True).sign(authority, hashes.SHA256())
uses = [True] + [False] * 8
leaf = (
    builder("Test signer", "Test authority", key)
    .add_extension(x509.BasicConstraints(False, None), True)
    .add_extension(x509.KeyUsage(*uses), True)
    .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    .add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False)
    .sign(authority, hashes.SHA256()))
write("cert.pem", leaf.public_bytes(PEM) + root.public_bytes(PEM))
write("key.pem", key.private_bytes(PEM, PKCS8, PLAIN))
write("other-key.pem", other.private_bytes(PEM, PKCS8, PLAIN))
write("locked-key.pem", key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"x")))
# P-256's neighbour, which C2PA does not accept, and a certificate without extensions.
foreign = ec.generate_private_key(ec.SECP256K1())
write("foreign-key.pem", foreign.private_bytes(PEM, PKCS8, PLAIN))
write(
    "plain-cert.pem",
    builder("Plain", "Plain", key).sign(key, hashes.SHA256()).public_bytes(PEM))
