"""Long searches: how far they are, how long they may take, and stopping them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from crimemap.checks import require_positive

__all__ = ["Progress", "Reporter", "Watch"]

Ended = Literal["time_limit", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far a search is.

    Attributes
    ----------
    stage
        What is being done.
    done, of
        Parts of the map solved, and their number.
    found
        Groups found so far in this part.
    """

    stage: str
    done: int
    of: int
    found: int = 0


Reporter = Callable[[Progress], bool | None]


@dataclass(slots=True, kw_only=True)
class Watch:
    """
    A deadline and someone to report to, who may call the search off by answering False.

    Attributes
    ----------
    seconds
        Time that the search may take; None for as long as it needs.
    report
        Called often; answering False stops the search.
    ended
        Why the search was stopped, once it was.
    """

    seconds: float | None = None
    report: Reporter | None = None
    done: int = 0
    of: int = 1
    ended: Ended | None = None
    _start: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Refuse a time that cannot pass."""
        if self.seconds is not None:
            require_positive(self.seconds, name="time_limit_s", unit="seconds")

    @property
    def left(self) -> float:
        """Seconds left."""
        return float("inf") if self.seconds is None else max(self.seconds - (time.monotonic() - self._start), 0.0)

    def going_on(self, stage: str, found: int = 0) -> bool:
        """Report, and say whether to go on."""
        if self.ended is None and self.left <= 0:
            self.ended = "time_limit"
        if self.ended is None and self.report is not None:
            said = self.report(Progress(stage=stage, done=self.done, of=self.of, found=found))
            if said is False:
                self.ended = "cancelled"
        return self.ended is None
