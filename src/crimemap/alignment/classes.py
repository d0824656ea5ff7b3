"""
How each unit of a set fits the other set, in five words that officials use.

Shares are of what the other set covers, slivers left out: a set that lacks Wales, or draws the coast elsewhere, makes no
misfit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crimemap.errors import ParameterError
from crimemap.language import marked

__all__ = ["CLASSES", "ClassRule", "Classified", "classify"]

#: In the order in which they are tried: what programs compare, and in English what people read.
CLASSES: Final = (
    marked("coterminous"),
    marked("minor difference"),
    marked("nested"),
    marked("split"),
    marked("many-to-many"),
    marked("not covered"),
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRule:
    """
    From which share a unit has which class.

    Attributes
    ----------
    coterminous
        Intersection over union with the best match from which both are one area.
    minor
        The same from which they differ in detail only.
    nested
        Share of a unit that lies in one other unit from which it is nested in it.
    """

    coterminous: float = 0.999
    minor: float = 0.95
    nested: float = 0.99

    def __post_init__(self) -> None:
        """Refuse what is not a share, or classes in the wrong order."""
        for name in ("coterminous", "minor", "nested"):
            if not 0.5 < getattr(self, name) <= 1:  # noqa: PLR2004 - of two halves neither is the match
                raise ParameterError(
                    f"{getattr(self, name)} cannot be a threshold", where=name, fix="Give a share above 0.5 and up to 1."
                )
        if self.minor > self.coterminous:
            raise ParameterError(
                f"a minor difference from {self.minor} is stricter than coterminous from {self.coterminous}",
                where="minor",
                fix="Give the lower share to minor differences.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Classified:
    """Class of each unit, shape (n,), and how much of it lies in other units than its best match."""

    classes: NDArray[np.object_]
    outside: Floats


def classify(
    pieces: pd.DataFrame,
    side: str,
    across: str,
    *,
    weight: str,
    n: tuple[int, int],
    rule: ClassRule,
) -> Classified:
    """
    Class the units of one side.

    Parameters
    ----------
    pieces
        `i`, `j` (indices of units), `sliver`, and the column `weight`: what each pair shares.
    side, across
        The column of the units to class, and of the others.
    n
        How many units there are in `i` and in `j`.
    """
    kept = pieces[~pieces["sliver"] & (pieces[weight] > 0)]
    unit, other = kept[side].to_numpy(), kept[across].to_numpy()
    value = kept[weight].to_numpy(dtype=np.float64)
    n_units, n_others = n if side == "i" else n[::-1]
    of_unit = np.bincount(unit, weights=value, minlength=n_units)
    of_other = np.bincount(other, weights=value, minlength=n_others)
    share, share_of_other = value / of_unit[unit], value / of_other[other]
    iou = value / (of_unit[unit] + of_other[other] - value)
    best_share, best_iou = np.zeros(n_units), np.zeros(n_units)
    np.maximum.at(best_share, unit, share)
    np.maximum.at(best_iou, unit, iou)
    # What is in others that reach beyond the unit, of the unit: 0 where the unit is made of whole others.
    crossing = np.bincount(unit, weights=np.where(share_of_other < rule.nested, share, 0.0), minlength=n_units)
    classes = np.select(
        [
            of_unit == 0,
            best_iou >= rule.coterminous,
            best_iou >= rule.minor,
            best_share >= rule.nested,
            crossing <= 1 - rule.nested,
        ],
        [CLASSES[5], *CLASSES[:4]],
        default=CLASSES[4],
    ).astype(object)
    largest = np.zeros(n_units)
    np.maximum.at(largest, unit, value)
    return Classified(classes, np.maximum(of_unit - largest, 0.0))
