"""What a planner allows: sizes, borders to respect, units that belong together or apart, how much may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crimemap.errors import NotFoundError, ParameterError

__all__ = ["Limits"]

Pair = tuple[str, str]
#: More people than there are anywhere.
_MOST_PEOPLE: Final = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    Limits on groups.

    Attributes
    ----------
    min_population, max_population
        People in each group.
    max_members
        Most units in each group.
    must_join, must_not_join
        Pairs of units that belong in one group, or in two.
    max_changes
        Most mergers in all: joining n units into one partnership is n - 1 mergers.
    """

    min_population: float | None = None
    max_population: float | None = None
    max_members: int | None = None
    must_join: tuple[Pair, ...] = ()
    must_not_join: tuple[Pair, ...] = ()
    max_changes: int | None = None

    def __post_init__(self) -> None:
        """Refuse limits that contradict one another."""
        low, high = self.min_population, self.max_population
        for name, value in (("min_population", low), ("max_population", high)):
            if value is not None and not 0 <= value <= _MOST_PEOPLE:
                raise ParameterError(f"{value:g} is not a number of people", where=name, fix="Give 0 or more.")
        if low is not None and high is not None and low > high:
            raise ParameterError(
                f"at least {low:,.0f} and at most {high:,.0f} people contradict each other",
                where="min_population",
                fix="Give a minimum below the maximum.",
            )
        if self.max_members is not None and self.max_members < 1:
            raise ParameterError(f"{self.max_members} members are no group", where="max_members", fix="Give 1 or more.")
        if self.max_changes is not None and self.max_changes < 0:
            raise ParameterError(f"{self.max_changes} is below 0", where="max_changes", fix="Give 0 or more.")
        both = {frozenset(pair) for pair in self.must_join} & {frozenset(pair) for pair in self.must_not_join}
        for name, pairs in (("must_join", self.must_join), ("must_not_join", self.must_not_join)):
            for a, b in pairs:
                if a == b:
                    raise ParameterError(f"{a} is paired with itself", where=name, fix="Give two different codes.")
        if both:
            a, b = sorted(min(both, key=sorted))
            raise ParameterError(
                f"{a} and {b} must join and must not join", where="must_not_join", fix="Take the pair out of one list."
            )

    def within(self, place: Mapping[str, int]) -> "Limits":
        """Keep the pairs that lie in one part of the map, whose other limits are the same."""
        return Limits(
            min_population=self.min_population,
            max_population=self.max_population,
            max_members=self.max_members,
            must_join=tuple(pair for pair in self.must_join if pair[0] in place or pair[1] in place),
            must_not_join=tuple(pair for pair in self.must_not_join if pair[0] in place and pair[1] in place),
            max_changes=self.max_changes,
        )

    def check(self, place: Mapping[str, int]) -> None:
        """
        Insist that every pair names units that are there.

        Raises
        ------
        NotFoundError
            If a code is unknown.
        """
        for name, pairs in (("must_join", self.must_join), ("must_not_join", self.must_not_join)):
            for code in (code for pair in pairs for code in pair):
                if code not in place:
                    raise NotFoundError(f"no unit {code!r}", where=name, fix="Give codes of the units that are searched.")
