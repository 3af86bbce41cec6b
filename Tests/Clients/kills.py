#!/usr/bin/env python3
"""Kills the server and its workers at random, again and again, while jobs come in: everything that was
accepted is painted once, and every event comes once and in order.

    kills.py FOLDER-OF-THE-PROGRAMS [KILLS] [SEED]

The painter is the tests' own, of plain colours, where it is built; else pinxit with pinxit-small."""

import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

folder = pathlib.Path(sys.argv[1]).resolve()
kills = int(sys.argv[2]) if len(sys.argv) > 2 else 200
chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
root = pathlib.Path(__file__).resolve().parents[2]
data = pathlib.Path(tempfile.mkdtemp(prefix="pinxit-kills-"))
painter = folder / "PinxitFakePainter"
if not painter.exists():
    painter = folder / "pinxit"


def start():
    server = subprocess.Popen(
        [folder / "pinxit-server", "--port", "0", "--data", data, "--program", painter, "--model",
         f"pinxit-small={root}/Models/pinxit-small", "--queue", "100000"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "FAKE_STEP": "3"})
    return server, server.stdout.readline().strip()


def ask(address, path, body=None, key=None):
    request = urllib.request.Request(address + path, method="POST" if body is not None else "GET")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if key:
        request.add_header("Idempotency-Key", key)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def workers(server):
    try:
        children = subprocess.run(
            ["pgrep", "-P", str(server.pid)], capture_output=True, text=True).stdout.split()
        return [int(child) for child in children]
    except OSError:
        return []


accepted = {}
unsure = {}
number = 0
server, address = start()
for kill in range(kills):
    until = time.monotonic() + chance.uniform(0, 0.4)
    while time.monotonic() < until:
        # What got no answer is asked again with its key, as a client does.
        key, body = next(iter(unsure.items()), (None, None))
        if key is None:
            number += 1
            key = f"key-{number}"
            body = {"prompt": f"job {number}", "count": chance.randint(1, 3), "seed": number,
                    "steps": 3}
            unsure[key] = body
        try:
            job = ask(address, "/api/v1/jobs", body, key)["id"]
        except (urllib.error.URLError, OSError, ValueError):
            break
        del unsure[key]
        assert accepted.setdefault(key, (job, body)) == (job, body)
        time.sleep(chance.uniform(0, 0.05))
    at = workers(server)
    if at and chance.random() < 0.4:
        # One job may be hit three times in a row: that is what sets it aside, so workers die seldom.
        if kill % 3 == 0:
            os.kill(chance.choice(at), signal.SIGKILL)
            continue
    server.send_signal(signal.SIGKILL)
    server.wait()
    server, address = start()

for key, body in unsure.items():
    accepted[key] = (ask(address, "/api/v1/jobs", body, key)["id"], body)
while ask(address, "/api/v1/jobs?active=1")["jobs"]:
    time.sleep(0.2)
server.terminate()
assert server.wait(30) == 0, server.returncode

store = sqlite3.connect(data / "jobs.sqlite")
jobs = {row[0]: row[1:] for row in store.execute(
    "SELECT id, number, status, count, seed, error_code FROM job")}
assert len(jobs) == len(accepted), (len(jobs), len(accepted))
set_aside = 0
for job, body in accepted.values():
    own, status, count, seed, code = jobs[job]
    if status == "failed":
        assert code == "worker_died", code
        set_aside += 1
        continue
    assert status == "done", (job, status)
    pictures = store.execute(
        "SELECT number, seed FROM picture WHERE job = ? ORDER BY number", (own,)).fetchall()
    assert pictures == [(i + 1, body["seed"] + i) for i in range(body["count"])], pictures
    kinds = [row[0] for row in store.execute(
        "SELECT kind FROM event WHERE job = ? ORDER BY number", (job,))]
    assert kinds.count("done") == 1 and kinds[-1] == "done", kinds
    assert kinds.count("image") == body["count"], kinds
assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
print(f"{kills} kills, {len(accepted)} jobs: none lost, none twice, {set_aside} set aside")
