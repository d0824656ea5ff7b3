"""Telling two drawings of one line from a difference."""

from dataclasses import dataclass

import pandas as pd

from crimemap.checks import require_positive
from crimemap.errors import ParameterError

__all__ = ["SliverRule", "are_slivers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliverRule:
    """
    When a shared part is two drawings of one line rather than a difference: all three must hold.

    Attributes
    ----------
    width_m
        Mean width (twice area over perimeter) below this, metres. Boundaries generalised to 20 m differ by less.
    share
        Share of either unit's area below this.
    people
        Fewer people than this, where bricks say how many. Along a crowded boundary bricks put some hundreds of people into a
        strip of a few metres in which nobody lives; 500 is a third of an LSOA.
    """

    width_m: float = 30.0
    share: float = 0.05
    people: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what is not a tolerance."""
        require_positive(self.width_m, name="width_m", unit="metres")
        if not 0 < self.share < 1:
            raise ParameterError(f"{self.share} is not a share", where="share", fix="Give a number above 0 and below 1.")
        require_positive(self.people, name="people")


def are_slivers(pieces: pd.DataFrame, rule: SliverRule, names: list[str]) -> "pd.Series[bool]":
    """
    Say which shared parts are slivers.

    Parameters
    ----------
    pieces
        `width_m`, `share_of_source`, `share_of_target`, and the first of `names`.
    names
        The measure of people to judge by; may be empty.
    """
    thin = pieces["width_m"] < rule.width_m
    small = (pieces["share_of_source"] < rule.share) & (pieces["share_of_target"] < rule.share)
    few = pieces[names[0]] < rule.people if names else True
    return thin & small & few
