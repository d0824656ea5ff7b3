"""
Back-testing: whether a method would have foreseen the months that came.

From a rolling origin each method sees the training period before it and nothing later, ranks the cells, and is measured on
the test period after it. A month without data is not a month without crime: methods do not see it, and origins whose test
period touches one, or with data of less than half of their training period, are left out and listed. All methods are
measured on the same origins.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.foresight.accuracy import require_coverages
from crimemap.analysis.foresight.backtest_origins import Origin, measure, measure_and_keep
from crimemap.analysis.foresight.backtest_result import Backtest, MeasuredPeriod, SkippedOrigin
from crimemap.analysis.foresight.backtest_scores import scores_of, verdicts_of
from crimemap.analysis.foresight.calibration import calibration_of
from crimemap.analysis.foresight.forecast import ForecastCells, History, Incidents, Method
from crimemap.analysis.foresight.training_period import fewest_months, months_to_learn_from
from crimemap.analysis.significance import require_alpha
from crimemap.engine import Engine, LocalEngine
from crimemap.errors import EmptyInputError, InputError, ParameterError
from crimemap.periods import Period, month_after, months_between

__all__ = ["COVERAGES", "Backtest", "MeasuredPeriod", "SkippedOrigin", "backtest"]

COVERAGES: Final = (0.01, 0.02, 0.05)


def _require_methods(methods: Sequence[Method], training_months: int, incidents: Incidents | None) -> tuple[Method, ...]:
    names = [method.name for method in methods]
    if not names or len(set(names)) < len(names):
        raise ParameterError("no method is given, or two have one name", where="methods", fix="Name each once.")
    for method in methods:
        if method.training_months > training_months:
            raise ParameterError(
                f"the method needs a training period of {method.training_months} months, not {training_months}",
                where=method.name,
                fix="Take a longer training period or another method.",
            )
        if method.needs_days and incidents is None:
            raise ParameterError(
                "the method needs the days of incidents, and months are all that is known",
                where=method.name,
                fix="Take a source with dates, or another method.",
            )
    return tuple(methods)


def _checked_counts(counts: ArrayLike, n_cells: int, n_months: int) -> NDArray[np.int64]:
    given = np.asarray(counts)
    if given.shape != (n_cells, n_months):
        raise InputError(
            f"counts of shape {given.shape} for {n_cells} cells and {n_months} months", where="counts", fix="One for each."
        )
    whole = given.astype(np.int64)
    if (whole != given).any() or (whole < 0).any():
        raise InputError("counts are not whole numbers of 0 or more", where="counts", fix="Count incidents.")
    return whole


def _origins(
    months: Sequence[str], known: NDArray[np.bool_], training: int, test: int, step: int
) -> tuple[list[tuple[int, list[int]]], list[SkippedOrigin]]:
    """Give each origin's first test month and the months to train on, by index; the last one ends with the data."""
    starts = list(range(len(months) - test, training - 1, -step))[::-1]
    used, skipped = [], []
    for start in starts:
        span = range(start - training, start + test)
        gaps = tuple(months[k] for k in span if not known[k])
        held = months_to_learn_from(known, start, training)
        if held is None or not known[start : start + test].all():
            skipped.append(SkippedOrigin(first_test_month=months[start], months_without_data=gaps))
        else:
            used.append((start, held.tolist()))
    return used, skipped


def _counts_of(table: NDArray[np.int64], columns: list[int]) -> NDArray[np.int64]:
    """Take months out of the table, without copying it where none is missing among them."""
    first, last = columns[0], columns[-1]
    found = table[:, first : last + 1] if last - first + 1 == len(columns) else table[:, columns]
    found.flags.writeable = False
    return found


def _days_before(incidents: Incidents | None, first: str, end: str) -> Incidents | None:
    if incidents is None:
        return None
    month = incidents.day.astype("datetime64[M]")
    kept = (month >= np.datetime64(first, "M")) & (month < np.datetime64(end, "M"))
    return Incidents(easting=incidents.easting[kept], northing=incidents.northing[kept], day=incidents.day[kept])


def backtest(
    counts: ArrayLike,
    cells: ForecastCells,
    *,
    months: Sequence[str],
    methods: Sequence[Method],
    rng: np.random.Generator,
    known: ArrayLike | None = None,
    incidents: Incidents | None = None,
    training_months: int = 12,
    test_months: int = 1,
    step_months: int = 1,
    coverages: Sequence[float] = COVERAGES,
    confidence: float = 0.95,
    resamples: int = 2000,
    engine: Engine | None = None,
) -> Backtest:
    """
    Measure methods on months that they had not seen.

    Parameters
    ----------
    counts
        Shape (n_cells, n_months). Incidents by cell and month, empty cells included.
    cells
        The cells.
    months
        Shape (n_months,). YYYY-MM, in order and without gaps.
    methods
        What to compare, baselines included; the best of those that are baselines is what the others have to beat.
    rng
        For methods that draw, and for the intervals.
    known
        Shape (n_months,). False where a month has no data; its counts are not read. All known where not given.
    incidents
        Dated incidents, for methods that need days. They are cut to each training period.
    training_months, test_months
        Lengths of the training and the test period.
    step_months
        Months from one origin to the next; with fewer than `test_months` the test periods overlap.
    coverages
        Shares of the area to choose.
    confidence, resamples
        Of the intervals.
    engine
        Where the origins are measured; this process where not given.

    Raises
    ------
    EmptyInputError
        If no origin is left, or all test periods are empty.
    InputError
        If shapes differ, months have gaps, or a method gives something else than a risk for each cell.
    ParameterError
        If a length, coverage or confidence is out of its range, or a method cannot be used.

    Examples
    --------
    >>> from crimemap.analysis.foresight.baselines import even, last_months
    >>> from crimemap.analysis.foresight.forecast import forecast_cells
    >>> found = backtest(
    ...     [[5, 5, 5], [0, 0, 0]], forecast_cells([1e6, 1e6]), months=["2024-01", "2024-02", "2024-03"],
    ...     methods=[last_months(1), even()], training_months=1, coverages=[0.5], rng=np.random.default_rng(1),
    ... )
    >>> [(score.method, score.pai) for score in found.scores]
    [('last:1', 2.0), ('area', 1.0)]
    """
    for name, length in (("training_months", training_months), ("test_months", test_months), ("step_months", step_months)):
        if length < 1:
            raise ParameterError(f"{length} is no number of months", where=name, fix="Give 1 or more.")
    asked = require_coverages(coverages)
    require_alpha(confidence)
    names = list(months)
    if not names or names != months_between(names[0], month_after(names[-1])):
        raise InputError("the months are not in order and without gaps", where="months", fix="List every month once.")
    table = _checked_counts(counts, len(cells), len(names))
    held = np.ones(len(names), dtype=bool) if known is None else np.asarray(known, dtype=bool).ravel()
    if held.size != len(names):
        raise InputError(f"{held.size} marks for {len(names)} months", where="known", fix="Give one for each month.")
    compared = _require_methods(methods, training_months, incidents)
    used, skipped = _origins(names, held, training_months, test_months, step_months)
    if not used:
        raise EmptyInputError(
            f"no origin: of {held.size} months {int(held.sum())} have data, and each origin needs {training_months} months "
            f"to train on, {fewest_months(training_months)} of them with data and none before the first that has, and "
            f"{test_months} with data to test",
            where="months",
            fix="Take a shorter training period, or load more months: "
            f"{training_months + test_months} from the first to the last are the least.",
        )
    table.flags.writeable = False
    interval_rng, *origin_rngs = rng.spawn(len(used) + 1)
    origins = [
        Origin(
            history=History(
                counts=_counts_of(table, columns),
                months=tuple(names[k] for k in columns),
                training_months=training_months,
                test_months=tuple(names[start : start + test_months]),
                cells=cells,
                rng=own,
                incidents=_days_before(incidents, names[start - training_months], names[start]),
            ),
            test_counts=table[:, start : start + test_months].sum(axis=1),
            methods=compared,
            coverages=asked,
        )
        for (start, columns), own in zip(used, origin_rngs, strict=True)
    ]
    alone = len(origins) == 1
    measured = (engine or LocalEngine()).map(measure_and_keep if alone else measure, origins)
    periods = tuple(
        MeasuredPeriod(
            training=Period(names[start - training_months], names[start]),
            test=Period(names[start], month_after(names[start], test_months)),
            incidents=int(origin.test_counts.sum()),
            training_without_data=tuple(names[k] for k in range(start - training_months, start) if not held[k]),
        )
        for (start, _), origin in zip(used, origins, strict=True)
    )
    if not any(period.incidents for period in periods):
        raise EmptyInputError("no test period has an incident", where="counts", fix="Take another offence type or area.")
    caught = np.stack([one.caught for one in measured], axis=1)
    best = np.stack([one.best for one in measured])
    predicted = np.stack([one.predicted for one in measured], axis=1)
    scores = scores_of(
        compared,
        asked,
        caught=caught,
        best=best,
        predicted=predicted,
        incidents=np.array([period.incidents for period in periods]),
        rng=interval_rng,
        confidence=confidence,
        resamples=resamples,
        only=(origins[0].test_counts, measured[0].chosen, cells.area_m2)
        if alone and measured[0].chosen is not None
        else None,
    )
    return Backtest(
        methods=compared,
        periods=periods,
        skipped=tuple(skipped),
        coverages=asked,
        caught=caught,
        best=best,
        predicted=predicted,
        scores=scores,
        verdicts=verdicts_of(scores, asked, n_periods=len(periods), alpha=1 - confidence),
        calibration=calibration_of(
            compared,
            observed=np.sum([one.band_observed for one in measured], axis=0),
            predicted=np.sum([one.band_predicted for one in measured], axis=0),
            confidence=confidence,
        ),
        training_months=training_months,
        test_months=test_months,
        step_months=step_months,
        confidence=confidence,
        resamples=resamples,
        n_cells=len(cells),
    )
