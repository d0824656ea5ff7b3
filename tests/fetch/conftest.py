from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from crimemap.fetch.client import Client
from crimemap.fetch.waiting import Clock
from tests.fetch.server import Site, serving


@dataclass
class FakeTime:
    """A clock that only sleeping moves (and `drag` seconds with every look at it)."""

    slept: list[float] = field(default_factory=list)
    seconds: float = 0.0
    drag: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def monotonic(self) -> float:
        self.seconds += self.drag
        return self.seconds

    def clock(self) -> Clock:
        return Clock(
            sleep=self.sleep, monotonic=self.monotonic, now=lambda: datetime(2025, 1, 1, 12, tzinfo=UTC), jitter=lambda: 1.0
        )


@dataclass
class Listener:
    notes: list[str] = field(default_factory=list)
    begun: list[tuple[str, int | None]] = field(default_factory=list)
    advanced: int = 0

    def begin(self, what: str, total: int | None) -> None:
        self.begun.append((what, total))

    def advance(self, amount: int) -> None:
        self.advanced += amount

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def other_site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def client(fake_time: FakeTime, listener: Listener) -> Iterator[Client]:
    with Client(clock=fake_time.clock(), watcher=listener, read_timeout_s=1.0) as one:
        yield one
