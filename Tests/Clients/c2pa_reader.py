"""Signs pictures with pinxit and reads them with c2pa-python: every signature, reference and hash
holds, and a changed byte is found out. Only that the certificate is nobody's may be missed."""

import datetime
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
HOLDS = {"claimSignature.validated", "assertion.hashedURI.match", "assertion.dataHash.match"}
NOBODYS = {"signingCredential.untrusted"}


def builder(name, issuer, key, is_authority):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    uses = [not is_authority, False, False, False, False, is_authority, False, False, False]
    return (
        x509.CertificateBuilder()
        .subject_name(named(name)).issuer_name(named(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(is_authority, None), True)
        .add_extension(x509.KeyUsage(*uses), True))


def write(folder, key, encoding):
    """The two files that pinxit takes."""
    authority = ec.generate_private_key(ec.SECP256R1())
    root = builder("root", "root", authority, True).sign(authority, hashes.SHA256())
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    leaf = (
        builder("signer", "root", key, False).add_extension(identifier, False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .sign(authority, hashes.SHA256()))
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, encoding, serialization.NoEncryption()))


def read(name, data):
    reader = c2pa.Reader(TYPES[pathlib.Path(name).suffix], io.BytesIO(data))
    found = json.loads(reader.json())
    codes = {
        kind: {entry["code"] for entry in entries}
        for kind, entries in found["validation_results"]["activeManifest"].items()}
    return found["manifests"][found["active_manifest"]], codes


def check(path):
    data = path.read_bytes()
    manifest, codes = read(path.name, data)
    assert HOLDS <= codes["success"], (path, codes)
    assert codes["failure"] == NOBODYS, (path, codes)
    actions = next(a for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))
    action = actions["data"]["actions"][0]
    assert action["action"] == "c2pa.created", action
    assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia"), action
    assert action["softwareAgent"]["name"] == "Pinxit", action
    # A letter of the settings, which lie outside of the manifest.
    place = data.index(b"tiny-pinxit")
    changed = data[:place] + b"T" + data[place + 1:]
    assert "assertion.dataHash.mismatch" in read(path.name, changed)[1]["failure"], path
    print(f"{path.name}: {manifest['signature_info']['alg']}, valid, and a change is found out")


def main(program, model):
    plain = serialization.PrivateFormat.PKCS8
    sec1 = serialization.PrivateFormat.TraditionalOpenSSL
    keys = {
        "a.png": (ec.generate_private_key(ec.SECP256R1()), plain),
        "b.png": (ec.generate_private_key(ec.SECP384R1()), sec1),
        "c.png": (ec.generate_private_key(ec.SECP521R1()), plain),
        "d.png": (ed25519.Ed25519PrivateKey.generate(), plain),
        "e.jpg": (ec.generate_private_key(ec.SECP256R1()), sec1),
        "f.webp": (ec.generate_private_key(ec.SECP256R1()), plain)}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for picture, (key, encoding) in keys.items():
            write(folder, key, encoding)
            subprocess.run(
                [program, "--c2pa", folder / "cert.pem", folder / "key.pem", "a cat", "--model",
                 model, "--steps", "1", "--seed", "1", "--quiet", "-o", folder / picture],
                check=True, stdout=subprocess.DEVNULL)
            check(folder / picture)


main(*sys.argv[1:])
