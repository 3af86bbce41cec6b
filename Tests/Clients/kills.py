#!/usr/bin/env python3
"""Kills servers, workers and their painters at random, again and again, while jobs come in: everything
that was accepted is painted once, and every event comes once and in order.

    kills.py FOLDER-OF-THE-PROGRAMS [KILLS] [SEED]

The painter is the tests' own, of plain colours, where it is built; else pinxit with pinxit-small. Jobs
are kept in SQLite, by one server; or, where $PINXIT_TEST_POSTGRES names a database (as
`scripts/with-postgres` does), there, by two servers and a worker, and the database is restarted too."""

import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

folder = pathlib.Path(sys.argv[1]).resolve()
kills = int(sys.argv[2]) if len(sys.argv) > 2 else 200
chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
root = pathlib.Path(__file__).resolve().parents[2]
data = pathlib.Path(tempfile.mkdtemp(prefix="pinxit-kills-"))
database = os.environ.get("PINXIT_TEST_POSTGRES")
control = pathlib.Path(os.environ.get("PINXIT_TEST_POSTGRES_FOLDER", "/nowhere")) / "control"
painter = folder / "PinxitFakePainter"
if not painter.exists():
    painter = folder / "pinxit"
place = ["--store", database, "--lease", "2"] if database else ["--data", data]


class Program:
    """A server, or a worker that has no address."""

    def __init__(self, serves):
        self.serves = serves
        self.start()

    def start(self):
        how = ["--port", "0"] if self.serves else ["--no-serving"]
        self.process = subprocess.Popen(
            [folder / "pinxit-server", *how, *place, "--program", painter, "--model",
             f"pinxit-small={root}/Models/pinxit-small", *(["--queue", "100000"] if self.serves else [])],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "FAKE_STEP": "3"})
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            # Where the database is not reached it ends, to be started again by who watches over it.
            assert database and self.process.wait() == 69, "it did not start"
            time.sleep(1)
            self.start()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def painters(self):
        return [int(child) for child in subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()]


def ask(address, path, body=None, key=None):
    request = urllib.request.Request(address + path, method="POST" if body is not None else "GET")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if key:
        request.add_header("Idempotency-Key", key)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
        return json.loads(text) if text[:1] in b"{[" else text.decode()


def patiently(*call):
    """As `ask`, again where the store is not reached or nobody listens."""
    for _ in range(150):
        try:
            return ask(*call)
        except urllib.error.HTTPError as error:
            assert error.code == 503 and error.headers["Retry-After"], error
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    raise AssertionError(call)


def rows(sql):
    """Of the store, all as text."""
    if not database:
        return [tuple("" if cell is None else str(cell) for cell in row) for row in
                sqlite3.connect(data / "jobs.sqlite").execute(sql)]
    text = subprocess.run(["psql", database, "-At", "-F", "\t", "-c", sql], check=True,
                          capture_output=True, text=True).stdout
    return [tuple(line.split("\t")) for line in text.splitlines()]


programs = [Program(True)] + ([Program(True), Program(False)] if database else [])
servers = [program for program in programs if program.serves]
accepted = {}
unsure = {}
number = restarts = 0
for kill in range(kills):
    until = time.monotonic() + chance.uniform(0, 0.4)
    while time.monotonic() < until:
        # What got no answer is asked again with its key, as a client does, of whichever server.
        key, body = next(iter(unsure.items()), (None, None))
        if key is None:
            number += 1
            key = f"key-{number}"
            body = {"prompt": f"job {number}", "count": chance.randint(1, 3), "seed": number,
                    "steps": 3}
            unsure[key] = body
        try:
            job = ask(chance.choice(servers).address, "/api/v1/jobs", body, key)["id"]
        except urllib.error.HTTPError as error:
            # Only with a database that is just restarted.
            assert database and error.code == 503 and error.headers["Retry-After"], error.read()
            break
        except (urllib.error.URLError, OSError, ValueError):
            break
        del unsure[key]
        assert accepted.setdefault(key, (job, body)) == (job, body)
        time.sleep(chance.uniform(0, 0.05))
    hit = chance.choice(programs)
    at = hit.painters()
    if at and chance.random() < 0.4:
        # One job may be hit three times in a row: that is what sets it aside, so painters die seldom.
        if kill % 3 == 0:
            os.kill(chance.choice(at), signal.SIGKILL)
            continue
    if database and kill % 20 == 19:
        subprocess.run([control, "restart", "-m", chance.choice(["fast", "immediate"])], check=True)
        restarts += 1
        continue
    hit.kill()
    hit.start()

if database:
    # Where the database takes its time, whoever needs it waits, and nobody else.
    lock = subprocess.Popen(
        ["psql", "-q", database, "-c", "BEGIN", "-c", "LOCK TABLE job IN ACCESS EXCLUSIVE MODE",
         "-c", "SELECT pg_sleep(3)", "-c", "COMMIT"], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    waiting = [threading.Thread(target=patiently, args=(servers[0].address, "/api/v1/history"))
               for _ in range(12)]
    for thread in waiting:
        thread.start()
    time.sleep(0.2)
    start = time.monotonic()
    assert ask(servers[0].address, "/healthz") == "ok\n"
    assert time.monotonic() - start < 1 and all(thread.is_alive() for thread in waiting)
    for thread in waiting:
        thread.join()
    assert lock.wait() == 0
    # Stopped for a while: everybody is told when to try again, and nothing ends.
    subprocess.run([control, "stop", "-m", "fast"], check=True)
    for path, body in [("/api/v1/jobs", {"prompt": "a"}), ("/api/v1/history", None), ("/readyz", None)]:
        try:
            raise AssertionError(ask(servers[0].address, path, body))
        except urllib.error.HTTPError as error:
            assert error.code == 503, (path, error.code)
            assert path == "/readyz" or error.headers["Retry-After"] == "1", path
            assert path == "/readyz" or json.load(error)["error"]["code"] == "unavailable"
    assert ask(servers[0].address, "/healthz") == "ok\n"
    subprocess.run([control, "start"], check=True)
for key, body in unsure.items():
    accepted[key] = (patiently(servers[0].address, "/api/v1/jobs", body, key)["id"], body)
while patiently(servers[0].address, "/api/v1/jobs?active=1")["jobs"]:
    time.sleep(0.2)
for job, _ in list(accepted.values())[-3:]:
    for picture in patiently(servers[-1].address, f"/api/v1/jobs/{job}")["images"]:
        with urllib.request.urlopen(servers[-1].address + picture["url"]) as answer:
            assert answer.read(4) == b"\x89PNG"
for program in programs:
    program.process.terminate()
for program in programs:
    assert program.process.wait(30) == 0, program.process.returncode

jobs = {row[0]: row[1:] for row in rows("SELECT id, number, status, count, seed, error_code FROM job")}
assert len(jobs) == len(accepted), (len(jobs), len(accepted))
pictures, kinds = {}, {}
for job, *picture in rows("SELECT job, number, seed FROM picture ORDER BY job, number"):
    pictures.setdefault(job, []).append(tuple(int(cell) for cell in picture))
for job, kind in rows("SELECT job, kind FROM event ORDER BY number"):
    kinds.setdefault(job, []).append(kind)
set_aside = 0
for job, body in accepted.values():
    own, status, count, seed, code = jobs[job]
    if status == "failed":
        assert code == "worker_died", code
        set_aside += 1
        continue
    assert status == "done", (job, status)
    assert pictures[own] == [(i + 1, body["seed"] + i) for i in range(body["count"])], pictures[own]
    told = kinds[job]
    assert told.count("done") == 1 and told[-1] == "done", told
    assert told.count("image") == body["count"], told
if not database:
    assert rows("PRAGMA integrity_check") == [("ok",)]
print(f"{kills} kills, {restarts} of them of the database, {len(accepted)} jobs: none lost, none twice,"
      f" {set_aside} set aside")
