"""
What may leave the private side, and in which form: the rules, with no data in sight.

Two kinds of source. *Open* records were anonymised and published already; they are served as they are. *Confidential*
records are a force's own; they leave only snapped to map points, dated to the month, without identifiers, with sensitive
categories folded, and with small counts suppressed. Where kinds mix in one product, the stricter rule holds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crimemap.errors import ParameterError

__all__ = ["SENSITIVE_FOLD", "CountStatus", "Policy", "SourceKind", "fold_offence_type", "stricter"]

#: The category that sensitive offence types are folded into, as police.uk does.
SENSITIVE_FOLD: Final = "Violence and sexual offences"

_SENSITIVE = re.compile(
    r"sexual|\brape|domestic|stalk|harass|honour|forced marriage|mutilation|traffick|modern slavery|coerci"
    r"|child|abuse|exploitation|prostitution|indecen|homicide|murder|hate",
    re.IGNORECASE,
)
_NOT_SENSITIVE = frozenset({"anti-social behaviour", "violence and sexual offences"})


class SourceKind(StrEnum):
    """Whether a source's records were published already."""

    OPEN = "open"
    CONFIDENTIAL = "confidential"


class CountStatus(StrEnum):
    """What a count in a table means. Zero is `counted`; in the other two there is no number."""

    COUNTED = "counted"
    NO_DATA = "no_data"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    The numbers that the rules need.

    Parameters
    ----------
    threshold
        Counts of confidential incidents from 1 up to, and without, this number are not published.
    snap_cap_m
        A confidential incident further than this from every map point it may take gets no location. Metres.

    Raises
    ------
    ParameterError
        If the threshold is below 3 (a count of 1 or 2 tells one victim about another) or the cap is not above 0.
    """

    threshold: int = 5
    snap_cap_m: float = 5_000.0

    def __post_init__(self) -> None:
        """Refuse numbers that protect nobody."""
        if self.threshold < 3:  # noqa: PLR2004 - said in the docstring
            raise ParameterError(
                f"a threshold of {self.threshold} protects nobody", where="threshold", fix="Give 3 or more; 5 is usual."
            )
        if not self.snap_cap_m > 0:
            raise ParameterError("the cap must be above 0 metres", where="snap_cap_m", fix="5000 is usual.")


def stricter(kinds: Iterable[SourceKind | str]) -> SourceKind:
    """
    Give the kind whose rule holds for a product made from several sources.

    Examples
    --------
    >>> stricter(["open", "confidential"]).value, stricter(["open"]).value
    ('confidential', 'open')
    """
    return SourceKind.CONFIDENTIAL if any(kind != SourceKind.OPEN for kind in kinds) else SourceKind.OPEN


def fold_offence_type(offence_type: str) -> str:
    """
    Give the category under which a confidential incident may be published.

    Offence types that say something about a victim's private life never stand alone.

    Examples
    --------
    >>> fold_offence_type("Rape of a female aged 16 and over"), fold_offence_type("Burglary")
    ('Violence and sexual offences', 'Burglary')
    """
    if offence_type.lower() in _NOT_SENSITIVE:
        return offence_type
    return SENSITIVE_FOLD if _SENSITIVE.search(offence_type) else offence_type
