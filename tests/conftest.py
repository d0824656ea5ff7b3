"""Fixtures for everyone: the demonstration county, small, and a workspace of it."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

#: Enough for every offence type in nearly every month, small enough to make in seconds.
DEMO_SEED, DEMO_MONTHS, DEMO_SCALE = 1, 14, 0.05

# Explore at the desk; in CI the same examples every time, so that a run says something of the change and not of its luck.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# What a shell starts in the background is deaf to Ctrl-C, and so are all the programs that it starts; some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _once(tmp_path_factory: pytest.TempPathFactory, worker_id: str, name: str, make: Callable[[Path], object]) -> Path:
    """Make a directory once for a whole test session, also where several processes share it."""
    root = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    done = root / f"{name}.done"
    with FileLock(root / f"{name}.lock"):
        if not done.is_file():
            made = make(root / name)
            done.write_text(json.dumps(made, default=str), encoding="utf-8")
    return root / name


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """Name the process of this session; `master` where there is only one."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "master"))


@pytest.fixture(scope="session")
def demo_county(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """
    Give the directory of a small demonstration county, for reading only.

    Seed 1, 14 months (2024-11 to 2025-12), 5 % of the incidents; `truth.json` in it says what it holds.
    """
    from crimemap.simulate import simulate

    return _once(
        tmp_path_factory,
        worker_id,
        "demo-county",
        lambda out: simulate(out, seed=DEMO_SEED, months=DEMO_MONTHS, scale=DEMO_SCALE)["parameters"],
    )


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """
    Give the workspace of a small demonstration county, ingested, released and activated; for reading only.

    Made as `crimemap demo` makes it; its county is in `downloads/demonstration-county`.
    """
    from crimemap.pipeline.demo import build_demo

    return _once(
        tmp_path_factory,
        worker_id,
        "demo-workspace",
        lambda out: build_demo(out, seed=DEMO_SEED, months=DEMO_MONTHS, scale=DEMO_SCALE),
    )
