"""nginx with TLS before the server, by the example of Documentation/Serving.md, in folders of its own:
proxy.py FOLDER-OF-THE-PROGRAMS [NGINX]. Keys, events and the page's checks work through it."""

import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

programs = pathlib.Path(sys.argv[1]).resolve()
nginx = sys.argv[2] if len(sys.argv) > 2 else "nginx"
root = pathlib.Path(__file__).resolve().parents[2]
work = pathlib.Path(tempfile.mkdtemp(prefix="pinxit-proxy-"))
key = "0123456789abcdef0123"
(work / "keys").write_text(f"me {key}\n")
painter = programs / "PinxitFakePainter"
server = subprocess.Popen(
    [programs / "pinxit-server", "--port", "0", "--data", work / "data", "--keys", work / "keys",
     "--name", "paint.example.org", "--program", painter if painter.exists() else programs / "pinxit",
     "--model", f"pinxit-small={root}/Models/pinxit-small"],
    stdout=subprocess.PIPE, text=True, env={**os.environ, "FAKE_STEP": "200"})
address = server.stdout.readline().strip()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", work / "paint.key", "-out",
     work / "paint.pem", "-days", "2", "-subj", "/CN=paint.example.org", "-addext",
     "subjectAltName=DNS:paint.example.org"], check=True, capture_output=True)
example = re.search(r"```nginx\n(.*?)```", (root / "Documentation/Serving.md").read_text(), re.S)[1]
example = example.replace("443 ssl", f"127.0.0.1:{port} ssl").replace(
    "http://127.0.0.1:7860", address).replace("/etc/ssl/", f"{work}/")
paths = "".join(f"{name}_temp_path {work}/{name};" for name in (
    "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
(work / "nginx.conf").write_text(
    f"daemon off; pid {work}/pid; error_log {work}/error; events {{}}\n"
    f"http {{ access_log off; {paths}\n{example}}}\n")
proxy = subprocess.Popen([nginx, "-c", work / "nginx.conf", "-p", work, "-e", work / "error"])

trust = ssl.create_default_context(cafile=work / "paint.pem")
# `paint.example.org` is this machine.
original = socket.create_connection
socket.create_connection = lambda place, *more, **named: original(
    ("127.0.0.1", place[1]) if place[0] == "paint.example.org" else place, *more, **named)
site = f"https://paint.example.org:{port}"


def ask(path, body=None, headers=None):
    request = urllib.request.Request(site + path, headers={
        "Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})})
    if body is not None:
        request.data = json.dumps(body).encode()
    return urllib.request.urlopen(request, timeout=30, context=trust)


def status(*arguments, **named):
    try:
        return ask(*arguments, **named).status
    except urllib.error.HTTPError as error:
        return error.code


try:
    for _ in range(100):
        try:
            assert ask("/healthz").status == 200
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    assert status("/api/v1/history", headers={"Authorization": "Bearer wrong"}) == 401
    assert status("/api/v1/jobs", {"prompt": "a"}, headers={"Origin": site}) == 202
    assert status("/api/v1/jobs", {"prompt": "a"}, headers={"Origin": "https://evil.example"}) == 403
    job = json.load(ask("/api/v1/jobs", {"prompt": "a", "steps": 5}))["id"]
    times = []
    for line in ask(f"/api/v1/jobs/{job}/events"):
        if line.startswith(b"event: step"):
            times.append(time.monotonic())
    # A step takes 0.2 s: events that are held back would come together.
    assert len(times) >= 3 and times[-1] - times[0] > 0.3, times
    answer = json.load(ask("/v1/images/generations", {
        "prompt": "a", "steps": 1, "response_format": "url"}))
    assert answer["data"][0]["url"].startswith(site), answer["data"][0]["url"]
    print("nginx: keys, events and addresses are right through TLS")
finally:
    for process in (proxy, server):
        process.send_signal(signal.SIGTERM)
        process.wait(30)
