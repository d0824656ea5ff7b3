"""Work that takes as long, writes as much and ends as oddly as a test asks, in place of analyses."""

import json
import os
import signal
import socket
import time
from pathlib import Path


def work(channel: socket.socket) -> None:
    tell(channel, pid=os.getpid())
    with channel.makefile("r") as lines:
        asked = json.loads(lines.readline())
    wanted, folder = asked["inputs"], Path(asked["folder"])
    with Path(wanted["ran"]).open("a") as file:
        file.write(f"{os.getpid()} {wanted.get('name', '')}\n")
    if wanted.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tell(channel, message="Working", progress=10)
    (folder / "half.csv").write_text("half a tab")
    if "megabytes" in wanted:
        _kept = bytearray(wanted["megabytes"] << 20)
        (folder / "half.csv").write_bytes(b"x" * (wanted.get("written", 0) << 20))
    if wanted.get("ends") == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if wanted.get("ends") == "failed":
        tell(channel, failed="there are no incidents in this selection.")
        return
    time.sleep(wanted.get("seconds", 0))
    (folder / "half.csv").write_text("a,b\n1,2\n")
    (folder / "half.csv").rename(folder / "kde.csv")
    tell(channel, results=[{"name": "kde.csv", "media_type": "text/csv", "size_bytes": 8}])


def tell(channel: socket.socket, **said: object) -> None:
    channel.sendall(json.dumps(said).encode() + b"\n")
