"""Readers of one list on connections that are kept, and a writer beside them who looks after each write whether the
list shows it. The job is JSON, the answer as well. Nothing but the standard library, so that it costs little."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import time
from typing import Any


def read(job: dict[str, Any], until: float, delays: list[float], failed: list[str]) -> None:
    """Ask for the list again and again; seconds of each answer."""
    request = (
        f"GET {job['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {job['scheme']} {job['token']}\r\n\r\n"
    ).encode()
    connection = socket.create_connection(("127.0.0.1", job["port"]), timeout=60)
    buffer = bytearray(1 << 20)
    while (began := time.perf_counter()) < until:
        connection.sendall(request)
        if not answered(connection, buffer):
            failed.append("read")
            return
        delays.append(time.perf_counter() - began)


def answered(connection: socket.socket, buffer: bytearray) -> bool:
    """Read one answer of a known length to its end. False for another status, or one that ends early."""
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(65536)
        if not got:
            return False
        head += got
    lines, _, body = head.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in lines.split(b"\r\n") if line.lower().startswith(b"content-len"))
    left = length - len(body)
    while left > 0:
        got_now = connection.recv_into(buffer, min(left, len(buffer)))
        if not got_now:
            return False
        left -= got_now
    return lines.startswith(b"HTTP/1.1 200")


def write(job: dict[str, Any], until: float, seen: dict[str, int], failed: list[str]) -> None:
    """Give a task another title, so many times a second, and look whether the list has it."""
    connection = http.client.HTTPConnection("127.0.0.1", job["port"], timeout=60)
    headers = {"Authorization": f"{job['scheme']} {job['token']}", "Content-Type": "application/json"}
    number, began = 0, time.perf_counter()
    while time.perf_counter() < until:
        title = f"written {job['seed']} {number}"
        connection.request("PATCH", f"{job['base']}{job['task']}/", json.dumps({"title": title}), headers)
        answer = connection.getresponse()
        answer.read()
        connection.request("GET", job["path"], headers=headers)
        shown = connection.getresponse().read()
        if answer.status != 200:
            failed.append("write")
        seen["writes"] += 1
        seen["stale"] += json.dumps(title).encode() not in shown
        number += 1
        time.sleep(max(0.0, began + number / job["writes"] - time.perf_counter()))


def main(job: dict[str, Any]) -> None:
    delays: list[list[float]] = [[] for _ in range(job["connections"])]
    seen, failed = {"writes": 0, "stale": 0}, list[str]()
    began, processor = time.perf_counter(), time.process_time()
    until = began + job["seconds"]
    threads = [threading.Thread(target=read, args=(job, until, mine, failed)) for mine in delays]
    if job["writes"]:
        threads.append(threading.Thread(target=write, args=(job, until, seen, failed)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = sorted(delay * 1000 for mine in delays for delay in mine)
    spent = (time.process_time() - processor) / (time.perf_counter() - began)
    told = {"delays": every, "seconds": time.perf_counter() - began, "processor": spent, "failed": len(failed), **seen}
    json.dump(told, sys.stdout)


main(json.loads(sys.argv[1]))
