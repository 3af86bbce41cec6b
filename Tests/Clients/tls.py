"""The command paints on a server behind TLS: tls.py FOLDER-OF-THE-PROGRAMS. The certificate is of an
authority made here; what it does not vouch for is refused."""

import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

programs = pathlib.Path(sys.argv[1]).resolve()
root = pathlib.Path(__file__).resolve().parents[2]
work = pathlib.Path(tempfile.mkdtemp(prefix="pinxit-tls-"))
painter = programs / "PinxitFakePainter"
server = subprocess.Popen(
    [programs / "pinxit-server", "--port", "0", "--data", work / "data",
     "--name", "localhost", "--program", painter if painter.exists() else programs / "pinxit",
     "--model", f"pinxit-small={root}/Models/pinxit-small"], stdout=subprocess.PIPE, text=True)
plain = int(server.stdout.readline().rsplit(":", 1)[1])


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=work)


def certificate(name, names):
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}")
    (work / "names").write_text(f"subjectAltName={names}\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
            "-CAcreateserial", "-extfile", "names", "-out", f"{name}.pem")


openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
        "-days", "2", "-subj", "/CN=An authority")
certificate("own", "DNS:localhost,IP:127.0.0.1")
certificate("other", "DNS:paint.example.org")
asked = []


def relay(here, there):
    try:
        while bytes_ := here.recv(65536):
            there.sendall(bytes_)
        there.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def listening(name):
    """A port on which TLS is spoken before the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(work / f"{name}.pem", work / f"{name}.key")
    context.sni_callback = lambda line, host, _: asked.append(host)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            line, _ = listener.accept()
            try:
                line = context.wrap_socket(line, server_side=True)
            except (ssl.SSLError, OSError):
                continue
            behind = socket.create_connection(("127.0.0.1", plain))
            for pair in ((line, behind), (behind, line)):
                threading.Thread(target=relay, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def paint(address, trusted=work / "ca.pem"):
    store = {"SSL_CERT_FILE": str(trusted)} if trusted else {}
    return subprocess.run(
        [programs / "pinxit", "paint", "a red apple", "--steps", "2", "-s", "7", "--size", "32x32",
         "--remote", address, "-o", work / "a.png"],
        env={**os.environ, **store}, capture_output=True, text=True, timeout=120)


try:
    own, other = listening("own"), listening("other")
    for host in ("localhost", "127.0.0.1"):
        done = paint(f"https://{host}:{own}")
        assert done.returncode == 0 and (work / "a.png").exists(), (host, done.stderr)
        (work / "a.png").unlink()
    # A name is said, an address is not.
    assert "localhost" in asked and "127.0.0.1" not in asked, asked
    for address, trusted, words in (
            (f"https://localhost:{own}", None, "its certificate is not trusted"),
            (f"https://localhost:{other}", work / "ca.pem", "hostname mismatch"),
            (f"https://127.0.0.1:{other}", work / "ca.pem", "IP address mismatch"),
            (f"https://localhost:{plain}", work / "ca.pem", "TLS is not spoken there")):
        done = paint(address, trusted)
        assert done.returncode == 69 and words in done.stderr, (address, done)
        assert not (work / "a.png").exists()
    print("pinxit: paints through TLS, and trusts nobody else")
finally:
    server.terminate()
    server.wait(30)
