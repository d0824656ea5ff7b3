"""
The last look at what is about to be published: facts found in a finished release, judged without opening a file here.

Each check returns findings; none means that it passed. A finding says what and where and how many, never a coordinate.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.disclosure.attack import CellSystem, determined_cells, known_unknowns

__all__ = ["Finding", "KnownPositions", "audit_columns", "audit_month", "audit_points", "audit_text", "position_key"]

#: Columns of the private side that no public table may have.
FORBIDDEN_COLUMNS: Final = frozenset(
    {"crime_id", "incident_key", "occurred_from", "occurred_to", "occurred_at", "load_id", "raw", "member"}
)

_DECIMALS = 6
_NUMBER = re.compile(r"(?<![\d.])-?\d{1,2}\.\d{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that stops a release."""

    rule: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPositions:
    """
    What the private side knows about positions, each as its `position_key`.

    `forbidden`: true positions of confidential incidents that are not map points too. `map_points`: positions that the open
    data uses.
    """

    forbidden: frozenset[tuple[float, float]]
    map_points: frozenset[tuple[float, float]]


def position_key(longitude: float, latitude: float) -> tuple[float, float]:
    """
    Give a position as the audit compares it: to six decimals, about 0.1 m.

    Examples
    --------
    >>> position_key(-1.1325031, 52.6328049)
    (-1.132503, 52.632805)
    """
    return round(longitude, _DECIMALS), round(latitude, _DECIMALS)


def audit_columns(table: str, columns: Iterable[str]) -> list[Finding]:
    """
    Look for private columns in a public table.

    Examples
    --------
    >>> audit_columns("incidents", ["id", "crime_id"])[0].what
    'has the private column crime_id'
    """
    bad = sorted(FORBIDDEN_COLUMNS.intersection(columns))
    return [Finding(rule="columns", where=table, what=f"has the private column {name}") for name in bad]


def audit_points(
    where: str, longitude: NDArray[np.float64], latitude: NDArray[np.float64], allowed: Collection[tuple[float, float]]
) -> list[Finding]:
    """
    Check that every published position is a map point.

    Parameters
    ----------
    longitude, latitude
        Shape (n,). Degrees.
    allowed
        `position_key` of every map point.
    """
    bad = sum(position_key(x, y) not in allowed for x, y in zip(longitude.tolist(), latitude.tolist(), strict=True))
    return [Finding(rule="positions", where=where, what=f"has {bad} positions that are not map points")] if bad else []


def audit_text(where: str, text: str, private: Collection[tuple[float, float]]) -> list[Finding]:
    """
    Search a file's text for private positions: two numbers that follow one another, in either order, whatever is between.

    Parameters
    ----------
    private
        `position_key` of true positions of confidential incidents that are not map points.
    """
    if not private:
        return []
    numbers = [float(found) for found in _NUMBER.findall(text)]
    bad = sum(position_key(a, b) in private or position_key(b, a) in private for a, b in pairwise(numbers))
    return (
        [Finding(rule="positions", where=where, what=f"has {bad} true positions of confidential incidents")] if bad else []
    )


def audit_month(
    where: str,
    system: CellSystem,
    suppressed: NDArray[np.bool_],
    hidden: NDArray[np.int64],
    *,
    threshold: int,
    rng: np.random.Generator,
    targets: NDArray[np.bool_] | None = None,
    confidential: NDArray[np.int64] | None = None,
) -> list[Finding]:
    """
    Try to work out the suppressed counts of one month.

    Parameters
    ----------
    system
        Areas, atoms and offence types of the month.
    suppressed
        Shape (n_areas, n_types + 1). True where there is no number.
    hidden
        The same shape. Each published count less the published rows of its cell.
    threshold
        The smallest count that may be published.
    targets
        The same shape. Where a number is kept back; everywhere in `suppressed` if not given.
    confidential
        The same shape. Each published count less the open rows of its cell: what it says about confidential incidents.
    """
    findings = []
    secret = suppressed if targets is None else targets
    determined = int((determined_cells(system, suppressed, hidden, rng=rng) & secret).sum())
    if determined:
        findings.append(
            Finding(rule="suppression", where=where, what=f"{determined} suppressed counts can be worked out from others")
        )
    if confidential is not None:
        bare = int((~suppressed & (confidential > 0) & (confidential < threshold)).sum())
        if bare:
            findings.append(Finding(rule="suppression", where=where, what=f"{bare} counts below {threshold} are published"))
    small = int((~suppressed & (hidden > 0) & (hidden < threshold)).sum())
    if small:
        findings.append(
            Finding(rule="suppression", where=where, what=f"{small} counts hide fewer than {threshold} incidents in all")
        )
    negative = int((~suppressed & (hidden < 0)).sum())
    if negative:
        findings.append(Finding(rule="counts", where=where, what=f"{negative} counts are below the rows published for them"))
    unexplained = int((~suppressed & (hidden > 0)).ravel()[_without_unknowns(system, suppressed, hidden)].sum())
    if unexplained:
        findings.append(
            Finding(rule="counts", where=where, what=f"{unexplained} counts are above the rows published for them")
        )
    return findings


def _without_unknowns(system: CellSystem, suppressed: NDArray[np.bool_], hidden: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which cells cover nothing that is unknown: their counts and rows must agree."""
    unknown = ~known_unknowns(system, suppressed, hidden).ravel()
    return np.asarray(system.incidence @ unknown.astype(np.int64) == 0, dtype=np.bool_)
