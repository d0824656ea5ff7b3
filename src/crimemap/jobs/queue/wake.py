"""
What wakes workers: a queue of Huey's, in a file of the workspace or on a Redis server.

A message says only that there is something to do. It is bytes that are never unpickled, and which job is next the records
say: so a message that is lost, doubled or forged costs a worker one look and nothing else.
"""

import os
import threading
from pathlib import Path
from typing import Any, Final, Self

from huey import RedisHuey, SqliteHuey
from huey.exceptions import ConfigurationError

from crimemap.errors import ParameterError
from crimemap.workspace import Workspace

__all__ = ["Wake"]

_NAME: Final = "crimemap-jobs"
#: Seconds that a server may keep a request or a worker waiting: without its message a job starts a second later, no more.
_SERVER_SECONDS: Final = 0.5


class Wake:
    """
    The queue of a workspace.

    Parameters
    ----------
    workspace
        The workspace. Its file is made when it is first used.
    redis
        A Redis server in place of the file: redis://HOST:PORT/DATABASE.
    """

    def __init__(self, workspace: Workspace, *, redis: str = "") -> None:
        self._file = workspace.root / "jobs" / "queue.sqlite"
        self._redis = redis
        self._storage: Any = None
        self._lock = threading.Lock()
        if redis:
            self._open()

    def call(self, job_id: str) -> None:
        """Say that there is something to do."""
        self._open().enqueue(job_id.encode())

    def called(self) -> bool:
        """Take every message there is, and say whether there was any."""
        if not self._redis and not self._file.is_file():
            return False
        storage, found = self._open(), False
        # Counting keeps nobody from writing, as taking does.
        while storage.queue_size() and storage.dequeue() is not None:
            found = True
        return found

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the connection."""
        self.close()

    def close(self) -> None:
        """Let go of the connection; whoever calls again opens it again."""
        with self._lock:
            if self._storage is not None:
                self._storage.close()
                if self._redis:
                    self._storage.pool.disconnect()

    def _open(self) -> Any:
        with self._lock:
            if self._storage is None or not (self._redis or self._file.is_file()):
                self._storage = _of_redis(self._redis) if self._redis else _of_file(self._file)
            return self._storage


def _of_file(path: Path) -> Any:
    if not path.is_file():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    # Not synced to disk: what a power cut takes is found again in the records.
    return SqliteHuey(_NAME, filename=str(path), fsync=False, cache_mb=1).storage


def _of_redis(url: str) -> Any:
    try:
        from redis import ConnectionPool
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # Once more at once: after the server was gone the connection that was kept is no good.
        pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=_SERVER_SECONDS,
            socket_timeout=_SERVER_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
        return RedisHuey(_NAME, connection_pool=pool, blocking=False).storage
    except (ConfigurationError, ImportError, ValueError):
        raise ParameterError(
            "this is no queue that can be used",
            where="CRIMEMAP_JOBS_REDIS",
            fix="Write it as redis://HOST:PORT/DATABASE and install redis (pip install 'crimemap[redis]'), or leave it out.",
        ) from None
