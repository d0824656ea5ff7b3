"""
Counts and rates by area, month and offence type, with zero, no data and suppressed kept apart.

A month in which a force published nothing is not a month without crime. So a table of counts is filled from a table of
coverage, never by filling blanks with 0: where the coverage says that data were there, a missing count is 0; elsewhere it
is no count.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from crimemap.analysis.significance import require_alpha
from crimemap.checks import require_positive
from crimemap.errors import InputError

__all__ = [
    "ALL_OFFENCES",
    "COUNTED",
    "NO_DATA",
    "PARTIAL",
    "SUPPRESSED",
    "fill_counts",
    "over_months",
    "poisson_interval",
    "rates",
]

COUNTED: Final = "counted"
NO_DATA: Final = "no_data"
SUPPRESSED: Final = "suppressed"
#: A sum over months of which some have no data.
PARTIAL: Final = "partial"
ALL_OFFENCES: Final = "All"

_KEYS: Final = ["area_code", "month", "offence_type"]


def _require_columns(table: pd.DataFrame, columns: Sequence[str], *, where: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(f"no column {', '.join(missing)}", where=where, fix=f"It needs: {', '.join(columns)}.")


def fill_counts(
    counts: pd.DataFrame,
    coverage: pd.DataFrame,
    *,
    areas: Sequence[str],
    months: Sequence[str],
    offence_types: Sequence[str] = (ALL_OFFENCES,),
) -> pd.DataFrame:
    """
    Complete a table of counts: every area, month and offence type has a row that says 0, a number, or no data.

    Parameters
    ----------
    counts
        `area_code`, `month`, `offence_type`, `incidents`: what was found, a row for each combination that occurs. Rows of
        areas, months or types that are not asked for are left out.
    coverage
        `area_code`, `month`: the months of which each area has data.
    areas, months, offence_types
        The rows wanted, in this order.

    Returns
    -------
    pandas.DataFrame
        `area_code`, `month`, `offence_type`, `incidents` (whole number, missing where there are no data) and `status`:
        `counted` or `no_data`. A count in a month without coverage is kept as no count: it is part of one at best.

    Raises
    ------
    InputError
        If a column is missing, a combination comes twice, or a count is negative.

    Examples
    --------
    >>> found = pd.DataFrame({"area_code": ["A"], "month": ["2024-01"], "offence_type": ["All"], "incidents": [7]})
    >>> known = pd.DataFrame({"area_code": ["A", "B"], "month": ["2024-01", "2024-01"]})
    >>> table = fill_counts(found, known, areas=["A", "B"], months=["2024-01", "2024-02"])
    >>> table["status"].tolist(), table["incidents"].tolist()
    (['counted', 'no_data', 'counted', 'no_data'], [7, <NA>, 0, <NA>])
    """
    _require_columns(counts, [*_KEYS, "incidents"], where="counts")
    _require_columns(coverage, _KEYS[:2], where="coverage")
    if counts.duplicated(_KEYS).any():
        raise InputError("an area, month and offence type has two counts", where="counts", fix="Add them up first.")
    if (counts["incidents"] < 0).any():
        raise InputError("a count is negative", where="counts", fix="Count incidents; 0 is the least.")
    wanted = pd.MultiIndex.from_product([list(areas), list(months), list(offence_types)], names=_KEYS)
    found = counts.set_index(_KEYS)["incidents"].astype("Int64").reindex(wanted).fillna(0)
    known = pd.MultiIndex.from_frame(coverage[_KEYS[:2]])
    covered = np.repeat(pd.MultiIndex.from_product([list(areas), list(months)]).isin(known), max(len(offence_types), 1))
    table = found.where(covered).rename("incidents").reset_index()
    table["status"] = np.where(covered, COUNTED, NO_DATA)
    return table


def over_months(table: pd.DataFrame) -> pd.DataFrame:
    """
    Add months up.

    Parameters
    ----------
    table
        As `fill_counts` gives it; `status` may also be `suppressed`.

    Returns
    -------
    pandas.DataFrame
        `area_code`, `offence_type`, `incidents`, `months` (asked for), `months_with_data`, `status`: `counted` where every
        month was, `no_data` where none was, `partial` where some were (the sum is of those), `suppressed` where one of them
        is (and no sum is given).

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> months = pd.DataFrame({
    ...     "area_code": ["A", "A", "B", "B"], "month": ["2024-01", "2024-02"] * 2, "offence_type": ["All"] * 4,
    ...     "incidents": pd.array([3, None, 2, 0], dtype="Int64"), "status": ["counted", "no_data", "counted", "counted"],
    ... })
    >>> over_months(months)[["incidents", "months_with_data", "status"]].to_numpy().tolist()
    [[3, 1, 'partial'], [2, 2, 'counted']]
    """
    _require_columns(table, [*_KEYS, "incidents", "status"], where="counts")
    keys = ["area_code", "offence_type"]
    given = table.assign(
        months=1,
        months_with_data=table["status"].ne(NO_DATA).astype(int),
        hidden=table["status"].eq(SUPPRESSED).astype(int),
        incidents=table["incidents"].astype("Int64").fillna(0),
    )
    summed = given.groupby(keys, sort=False, as_index=False)[["incidents", "months", "months_with_data", "hidden"]].sum()
    hidden, some = summed.pop("hidden").to_numpy() > 0, summed["months_with_data"].to_numpy()
    summed["status"] = np.select(
        [hidden, some == 0, some < summed["months"].to_numpy()], [SUPPRESSED, NO_DATA, PARTIAL], default=COUNTED
    )
    summed["incidents"] = summed["incidents"].where(summed["status"].isin([COUNTED, PARTIAL]))
    return summed


def poisson_interval(incidents: ArrayLike, *, confidence: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Give the exact interval of a Poisson mean (Garwood 1936, doi:10.1093/biomet/28.3-4.437).

    Parameters
    ----------
    incidents
        Shape (n,). Counts, 0 or more; not a number gives none.
    confidence
        Chance, at least, that the interval holds the mean.

    Returns
    -------
    low, high
        Shape (n,). chi2(alpha/2, 2x)/2, which is 0 for 0 incidents, and chi2(1 - alpha/2, 2x + 2)/2.

    Raises
    ------
    ParameterError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> low, high = poisson_interval([0, 10])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 4.795], [3.689, 18.39])
    """
    alpha = 1 - require_alpha(confidence)
    x = np.asarray(incidents, dtype=np.float64)
    low = np.where(x == 0, 0.0, chi2.ppf(alpha / 2, 2 * np.maximum(x, 1)) / 2)
    high = np.asarray(chi2.ppf(1 - alpha / 2, 2 * x + 2) / 2, dtype=np.float64)
    return np.where(np.isnan(x), np.nan, low), high


def rates(
    table: pd.DataFrame, denominator: "pd.Series[float]", *, per: float = 1000.0, confidence: float = 0.95
) -> pd.DataFrame:
    """
    Divide counts by the people or households of their areas.

    Parameters
    ----------
    table
        `area_code`, `incidents`, `status`, as `fill_counts` or `over_months` gives it.
    denominator
        People or households, by area code.
    per
        Rates are for this many.
    confidence
        Of the interval, which is that of a Poisson count: it says how much the rate could differ by chance, not how exact
        the count or the denominator is.

    Returns
    -------
    pandas.DataFrame
        The table with `denominator`, `rate`, `rate_low`, `rate_high` and `rate_status`: `rated`, or why there is no rate:
        `no_data`, `partial`, `suppressed`, `no_denominator`, `zero_denominator`.

    Raises
    ------
    InputError
        If a column is missing, an area has two denominators or a negative one.
    ParameterError
        If `per` is not above 0, or `confidence` not between 0 and 1.

    Examples
    --------
    >>> counted = pd.DataFrame({"area_code": ["A", "B"], "incidents": [10, 4], "status": ["counted", "counted"]})
    >>> found = rates(counted, pd.Series({"A": 2000.0}))
    >>> found[["rate", "rate_status"]].to_numpy().tolist()
    [[5.0, 'rated'], [nan, 'no_denominator']]
    """
    _require_columns(table, ["area_code", "incidents", "status"], where="counts")
    require_positive(per, name="per")
    if denominator.index.has_duplicates or (denominator < 0).any():
        raise InputError(
            "an area has two denominators or a negative one", where="denominator", fix="Give one for each area."
        )
    below = table["area_code"].map(denominator).to_numpy(dtype=np.float64, na_value=np.nan)
    incidents = table["incidents"].to_numpy(dtype=np.float64, na_value=np.nan)
    status = table["status"].to_numpy(dtype=object)
    why = np.select([np.isnan(below), below == 0], ["no_denominator", "zero_denominator"], default="rated").astype(object)
    why = np.where(status != COUNTED, status, why)
    rated = why == "rated"
    low, high = poisson_interval(incidents, confidence=confidence)
    result = table.copy()
    result["denominator"] = below
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, number in (("rate", incidents), ("rate_low", low), ("rate_high", high)):
            result[name] = np.where(rated, number / below * per, np.nan)
    result["rate_status"] = why
    return result
