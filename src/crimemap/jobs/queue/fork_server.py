"""
A process that has imported every analysis and forks itself for each job, so that a job starts in milliseconds.

It is started by a worker as `python -m crimemap.jobs.queue.fork_server FD PARENT MODULE`, whose `work` does a job. On the
socket FD it says that it is ready, and is sent one socket for each job: the fork reads from it what is to be done and
answers on it, a line of JSON at a time. It does nothing else, has no data open, and dies with its worker, as its forks do.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final

from crimemap.jobs.queue.ties import die_with_parent

__all__ = ["READY", "serve_forks"]

READY: Final = b"r"


def serve_forks(control: socket.socket, work: Callable[[socket.socket], None]) -> None:
    """
    Fork for each socket that is sent, until the other end is closed.

    Parameters
    ----------
    control
        Where sockets come from.
    work
        Does a job, in the fork.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which ends its jobs in good order
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks leave nothing behind that somebody has to collect
    gc.collect()
    gc.freeze()  # what was imported is shared with every fork, for as long as nobody writes to it
    here = os.getpid()
    control.sendall(READY)
    while True:
        _, sent, _, _ = socket.recv_fds(control, 1, 1)
        if not sent:
            return
        channel = socket.socket(fileno=sent[0])
        if os.fork() == 0:
            _in_fork(control, channel, here, work)
        channel.close()


def _in_fork(control: socket.socket, channel: socket.socket, parent: int, work: Callable[[socket.socket], None]) -> None:
    try:
        die_with_parent(parent)
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        control.close()
        work(channel)
    finally:
        os._exit(0)  # nothing of the server's may be ended twice; a job that said nothing has failed


def _main() -> None:
    die_with_parent(int(sys.argv[2]))
    serve_forks(socket.socket(fileno=int(sys.argv[1])), importlib.import_module(sys.argv[3]).work)


if __name__ == "__main__":
    _main()
