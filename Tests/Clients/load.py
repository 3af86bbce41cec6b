#!/usr/bin/env python3
"""Many at once, many that wait, and a long time: what the server bears, with the tests' painter.

    load.py FOLDER-OF-THE-PROGRAMS clients [CLIENTS]       so many clients paint at the same time
    load.py FOLDER-OF-THE-PROGRAMS queue [JOBS]            so many jobs wait, and all are painted
    load.py FOLDER-OF-THE-PROGRAMS soak [MINUTES] [SEED]   submit, watch, cancel, leave, at random

The painter takes 20 ms a picture. Printed are times, and the server's memory from time to time; it
ends with an error where a job is lost or doubled."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

folder = pathlib.Path(sys.argv[1]).resolve()
what = sys.argv[2]
root = pathlib.Path(__file__).resolve().parents[2]
data = pathlib.Path(tempfile.mkdtemp(prefix="pinxit-load-"))
server = subprocess.Popen(
    [folder / "pinxit-server", "--port", "0", "--data", data,
     "--program", folder / "PinxitFakePainter", "--queue", "100000",
     "--model", f"pinxit-small={root}/Models/pinxit-small"],
    stdout=subprocess.PIPE, text=True, env={**os.environ, "FAKE_STEP": "5"})
port = int(server.stdout.readline().rsplit(":", 1)[1])


def ask(method, path, body=None, timeout=600):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def job(number, **more):
    return {"prompt": f"job {number}", "seed": number, "steps": 4, "width": 32, "height": 32, **more}


def resident():
    for line in open(f"/proc/{server.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def at(sorted_times, share):
    return 1000 * sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * share))]


class Health(threading.Thread):
    """Asks ten times a second whether the server lives."""

    def __init__(self):
        super().__init__(daemon=True)
        self.times, self.goes = [], True

    def run(self):
        while self.goes:
            start = time.perf_counter()
            status, _ = ask("GET", "/healthz", timeout=30)
            assert status == 200, status
            self.times.append(time.perf_counter() - start)
            time.sleep(0.1)

    def told(self):
        self.goes = False
        self.join()
        times = sorted(self.times)
        return (f"healthz p50 {at(times, 0.5):.1f} ms, p99 {at(times, 0.99):.1f} ms,"
                f" worst {at(times, 1):.1f} ms of {len(times)}")


def drain():
    while json.loads(ask("GET", "/api/v1/jobs?active=1")[1])["jobs"]:
        time.sleep(0.5)


def end(accepted, allowed=("done",)):
    """Every job is there once, with its pictures, or was cancelled where that was asked for."""
    server.terminate()
    assert server.wait(60) == 0, server.returncode
    store = sqlite3.connect(data / "jobs.sqlite")
    rows = store.execute(
        "SELECT id, status, count, (SELECT COUNT(*) FROM picture WHERE job = job.number) FROM job")
    found = {row[0]: row[1:] for row in rows}
    # The server keeps the newest 10,000.
    missing = set(accepted) - set(found)
    assert set(found) <= set(accepted) and (not missing or len(found) >= 10_000), len(missing)
    for name, (status, count, pictures) in found.items():
        assert status in allowed, (name, status)
        assert status != "done" or pictures == count, (name, pictures, count)
    twice = store.execute(
        "SELECT COUNT(*) FROM (SELECT job FROM event WHERE kind = 'done' GROUP BY job"
        " HAVING COUNT(*) > 1)").fetchone()[0]
    assert twice == 0, twice
    assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return found


def clients(count):
    """Each asks through OpenAI's door and waits for its picture."""
    health = Health()
    health.start()

    def one(number):
        start = time.perf_counter()
        status, body = ask("POST", "/v1/images/generations", {
            "prompt": f"job {number}", "seed": number, "steps": 4, "size": "32x32"})
        assert status == 200, (status, body)
        told = json.loads(body)
        assert told["data"][0]["seed"] == number
        return told["job_id"], time.perf_counter() - start

    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        done = list(pool.map(one, range(count)))
    whole = time.perf_counter() - start
    times = sorted(seconds for _, seconds in done)
    print(f"{count} clients at once: all painted in {whole:.1f} s, {1000 * whole / count:.1f} ms a"
          f" picture; a client waits {at(times, 0.5):.0f} ms in the middle,"
          f" {at(times, 0.99):.0f} ms at p99; {health.told()}; {resident():.0f} MB")
    end([name for name, _ in done])


def queue(count):
    status, _ = ask("POST", "/api/v1/queue", {"paused": True})
    assert status == 200
    start = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    names = []
    for number in range(count):
        line.request("POST", "/api/v1/jobs", json.dumps(job(number)),
                     {"Content-Type": "application/json"})
        answer = line.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 202, told
        names.append(told["id"])
    taken = time.perf_counter() - start
    full = resident()
    start = time.perf_counter()
    ask("POST", "/api/v1/queue", {"paused": False})
    health = Health()
    health.start()
    while True:
        counts = ask("GET", "/metrics")[1].decode()
        if f'pinxit_jobs{{status="done"}} {count}' in counts:
            break
        time.sleep(0.5)
    painted = time.perf_counter() - start
    print(f"{count} jobs: taken in {taken:.1f} s ({1000 * taken / count:.1f} ms each), painted in"
          f" {painted:.1f} s ({1000 * painted / count:.1f} ms each, 20 of them the painter's);"
          f" {health.told()}; {full:.0f} MB with all waiting, {resident():.0f} MB after")
    end(names)


def soak(minutes, seed):
    chance = random.Random(seed)
    health = Health()
    health.start()
    names, lock = [], threading.Lock()
    until = time.monotonic() + 60 * minutes
    cancelled, gone = [0], [0]

    def one(own):
        number = 0
        while time.monotonic() < until:
            number += 1
            status, body = ask("POST", "/api/v1/jobs", job(number, count=own.randint(1, 3)))
            if status != 202:
                raise AssertionError((status, body))
            name = json.loads(body)["id"]
            with lock:
                names.append(name)
            act = own.random()
            if act < 0.2:
                ask("POST", f"/api/v1/jobs/{name}/cancel", {})
                cancelled[0] += 1
            elif act < 0.4:
                # Watches for a moment, and goes in the middle.
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                line.request("GET", f"/api/v1/jobs/{name}/events")
                line.getresponse().read(64)
                line.sock.close()
                gone[0] += 1
            elif act < 0.5:
                ask("GET", "/api/v1/history?q=job&limit=20")
            time.sleep(own.uniform(0, 0.8))

    memory = [resident()]
    workers = [threading.Thread(target=one, args=(random.Random(chance.random()),), daemon=True)
               for _ in range(8)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        for worker in workers:
            worker.join(timeout=max(1, 6 * minutes / len(workers)))
        memory.append(resident())
    drain()
    print(f"{minutes:g} minutes: {len(names)} jobs, {cancelled[0]} cancelled, {gone[0]} streams left;"
          f" {health.told()}; MB: {' '.join(f'{size:.0f}' for size in memory)}")
    found = end(names, ("done", "cancelled"))
    print(f"{sum(status == 'done' for status, *_ in found.values())} painted, none lost, none twice")


try:
    if what == "clients":
        clients(int(sys.argv[3]) if len(sys.argv) > 3 else 200)
    elif what == "queue":
        queue(int(sys.argv[3]) if len(sys.argv) > 3 else 10_000)
    else:
        soak(float(sys.argv[3]) if len(sys.argv) > 3 else 60,
             int(sys.argv[4]) if len(sys.argv) > 4 else 1)
finally:
    if server.poll() is None:
        server.kill()
