"""Long searches: how far they are, how long they may take, and stopping them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from crimemap.checks import require_positive
from crimemap.language import Sentence, marked

__all__ = ["STAGES", "Progress", "Reporter", "Watch"]

#: What a search reports that it is doing, and how that is said, without and with how much was found.
STAGES: Final = {
    "listing groups": (
        marked("Listing groups: part {part} of {parts}."),
        marked("Listing groups: part {part} of {parts}, {found} found."),
    ),
    "groups worth having": (
        marked("Groups worth having: part {part} of {parts}."),
        marked("Groups worth having: part {part} of {parts}, {found} found."),
    ),
    "solving": (
        marked("Solving: part {part} of {parts}."),
        marked("Solving: part {part} of {parts}, {found} found."),
    ),
    "equally good groupings": (
        marked("Equally good groupings: part {part} of {parts}."),
        marked("Equally good groupings: part {part} of {parts}, {found} found."),
    ),
    "each number of partnerships": (
        marked("Each number of partnerships: part {part} of {parts}."),
        marked("Each number of partnerships: part {part} of {parts}, {found} found."),
    ),
    "fit against savings": (
        marked("Fit against savings: part {part} of {parts}."),
        marked("Fit against savings: part {part} of {parts}, {found} found."),
    ),
}

Ended = Literal["time_limit", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far a search is.

    Attributes
    ----------
    stage
        What is being done: a key of `STAGES`.
    done, of
        Parts of the map solved, and their number.
    found
        Groups found so far in this part.
    """

    stage: str
    done: int
    of: int
    found: int = 0

    def sentence(self) -> Sentence:
        """
        Say it.

        Examples
        --------
        >>> str(Progress(stage="solving", done=1, of=3, found=1200).sentence())
        'Solving: part 2 of 3, 1,200 found.'
        """
        plain, with_found = STAGES[self.stage]
        values = {"part": str(min(self.done + 1, self.of)), "parts": str(self.of)}
        return Sentence(with_found, values | {"found": f"{self.found:,}"}) if self.found else Sentence(plain, values)


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
