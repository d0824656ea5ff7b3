"""How a download tells somebody how it goes."""

from typing import Protocol

__all__ = ["Silent", "Watcher"]


class Watcher(Protocol):
    """Somebody who wants to know how a download goes."""

    def begin(self, what: str, total: int | None) -> None:
        """Hear that a piece of work begins; `total` is its size in bytes or in areas, where that is known."""

    def advance(self, amount: int) -> None:
        """Hear that some more of it is done."""

    def note(self, text: str) -> None:
        """Hear something worth a line: why we wait, what is fetched again."""


class Silent:
    """A watcher that says nothing."""

    def begin(self, what: str, total: int | None) -> None:
        """Hear nothing."""

    def advance(self, amount: int) -> None:
        """Hear nothing."""

    def note(self, text: str) -> None:
        """Hear nothing."""
