"""A worker that does odd work, as a program of its own that a test can kill: WORKSPACE LEASE AT_ONCE LIMITS."""

import json
import signal
import sys
import threading
from datetime import timedelta

from crimemap.jobs.queue.job import JobLimits
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.wake import Wake
from crimemap.jobs.queue.worker import Worker
from crimemap.workspace import Workspace


def main() -> None:
    workspace, stopping = Workspace(sys.argv[1]), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    Worker(
        workspace,
        JobStore(workspace),
        Wake(workspace),
        limits=JobLimits(**json.loads(sys.argv[4])),
        lease=timedelta(seconds=float(sys.argv[2])),
        at_once=int(sys.argv[3]),
        tell=lambda _line: None,
        work="tests.jobs.queue.odd_work",
    ).run(stopping)


if __name__ == "__main__":
    main()
