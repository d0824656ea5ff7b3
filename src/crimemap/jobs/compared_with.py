"""What a map can be compared with: an earlier period, another offence type."""

from crimemap.errors import ParameterError
from crimemap.jobs.selection import Chosen
from crimemap.periods import Period, month_after

__all__ = ["require_another_offence", "require_earlier"]


def require_earlier(before: Period, after: Period) -> None:
    """
    Refuse an earlier period that does not end before the later one begins.

    Raises
    ------
    ParameterError
        If it does not.
    """
    if before.end > after.start:
        said = [f"{one.start} to {month_after(one.end, -1)}" for one in (before, after)]
        raise ParameterError(
            f"the period {said[0]} does not end before {said[1]} begins",
            where="compare",
            fix="Give --compare an earlier period, and --from and --to the later one.",
        )


def require_another_offence(other: Chosen, chosen: Chosen) -> None:
    """
    Refuse to set incidents beside themselves.

    Raises
    ------
    ParameterError
        If both are of the same offence types.
    """
    if set(other.offence_types or ()) == set(chosen.offence_types or ()):
        raise ParameterError(
            f"{other.what} would be set beside itself",
            where="relative-to",
            fix="Name another offence type, or leave out --offence for all of them beside it.",
        )
