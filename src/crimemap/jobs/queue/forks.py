"""The worker's side of the process that forks for each job."""

import os
import select
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Final, Self

from crimemap.errors import ConflictError
from crimemap.jobs.queue.fork_server import READY

__all__ = ["WORK", "Forks", "readable"]

#: What does jobs. Named, not imported: the worker stays small.
WORK: Final = "crimemap.jobs.queue.work"
_START_SECONDS: Final = 120.0


class Forks:
    """
    Forks, one for each job; as a context, they end with it.

    `keep` is for the thread that the worker lives as long as: the server dies with the thread that started it.

    Parameters
    ----------
    module
        The module whose `work` does a job.
    """

    def __init__(self, module: str = WORK) -> None:
        self._module = module
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the server and whatever it forked."""
        self._end()

    def keep(self) -> None:
        """
        Start the server where it is not running, and wait until it is ready.

        Raises
        ------
        ConflictError
            If it does not start.
        """
        if self._server is not None and self._server.poll() is None:
            return
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            command = [
                sys.executable, "-P", "-m", "crimemap.jobs.queue.fork_server",
                str(theirs.fileno()), str(os.getpid()), self._module,
            ]  # fmt: skip
            self._server = subprocess.Popen(  # noqa: S603 - a command of ours
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=sys.stderr
            )
        self._control = ours
        ours.settimeout(_START_SECONDS)
        with suppress(OSError):
            if ours.recv(1) == READY:
                ours.settimeout(None)
                return
        self._end()
        raise ConflictError("the process that runs jobs did not start", where="worker", fix="See what it says above.")

    def start(self) -> socket.socket:
        """
        Fork, and give a socket to the fork.

        Where there is no server any more, the socket is closed at the other end, as that of a fork that ended.
        """
        ours, theirs = socket.socketpair()
        with theirs, suppress(OSError):
            if self._control is not None:
                socket.send_fds(self._control, [b"j"], [theirs.fileno()])
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None


def readable(channel: socket.socket, seconds: float) -> bool:
    """Wait until there is something to read, or the other end is closed."""
    waiting = select.poll()
    waiting.register(channel, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))
