"""
Kulldorff's scan statistic: where, and when, there is a circle with more incidents than its share.

Kulldorff (1997, doi:10.1080/03610929708831995): among all circles around areas' centres (and all runs of periods), find the
one of the largest likelihood ratio, and ask how often chance alone gives one as large anywhere. That single question covers
the whole map, so no correction for many tests is needed. p = (1 + simulations at least as extreme) / (simulations + 1).

Space: incidents fall on areas in proportion to what is expected there (people, or ground), given their total. Space and
time, Poisson: the same over areas and periods (Kulldorff 2001, doi:10.1111/1467-985X.00186). Space and time, permutation: no
expectation is needed; periods are shuffled over incidents, so both the map and the calendar stay as they are, and only what
is neither shows (Kulldorff et al. 2005, doi:10.1371/journal.pmed.0020059).
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.clusters.scan_kernels import best_of_each, largest_in_time, largest_of_simulations
from crimemap.analysis.clusters.scan_windows import Windows, circles
from crimemap.engine import LocalEngine
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["Scan", "ScanModel", "Scanned", "scan", "space_time_scan"]

ScanModel = Literal["poisson", "permutation"]
_FEWEST_SIMULATIONS: Final = 19
_BATCH: Final = 64

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scanned:
    """
    A window that stands out.

    Attributes
    ----------
    members
        Shape (k,). Index of its areas, the centre's first.
    radius_m
        Distance of the outermost centre, metres; 0 for one area.
    first, last
        Index of its first and last period; None in space alone.
    observed, expected
        Incidents.
    relative_risk
        Observed over expected inside, over the same outside; infinite where nothing is left outside.
    llr
        Log-likelihood ratio.
    p_value
        How often chance gives one as large anywhere.
    """

    members: Ints
    radius_m: float
    first: int | None
    last: int | None
    observed: int
    expected: float
    relative_risk: float
    llr: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """
    The clusters, the most likely first; none shares an area with another.

    Attributes
    ----------
    clusters
        Those with p at most `alpha`, and always the most likely one if any window holds more than expected.
    simulated
        Shape (simulations,). Largest ratio of each simulation.
    windows
        How many windows in space were compared.
    """

    clusters: tuple[Scanned, ...]
    simulated: Floats
    windows: int
    model: ScanModel
    alpha: float
    most_share: float
    most_neighbours: int | None
    most_radius_m: float | None
    longest: int | None
    alive: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {
            "model": self.model,
            "simulations": int(self.simulated.size),
            "alpha": self.alpha,
            "most_share": self.most_share,
            "most_neighbours": self.most_neighbours,
            "most_radius_m": self.most_radius_m,
            "longest_periods": self.longest,
            "alive": self.alive,
        }


def _cases(cases: ArrayLike, dimensions: int) -> Ints:
    given = np.asarray(cases)
    number = given.astype(np.int64)
    if given.ndim != dimensions or (number != given).any() or (number < 0).any():
        raise InputError(
            "incidents are not whole numbers of 0 or more, one for each area" + (" and period" if dimensions > 1 else ""),
            where="incidents",
        )
    if number.sum() < 2:  # noqa: PLR2004 - one incident clusters with nothing
        raise EmptyInputError(
            f"{int(number.sum())} incidents show no pattern", where="incidents", fix="Take a longer period or more areas."
        )
    return number


def _expected(expected: ArrayLike, cases: Ints) -> Floats:
    due = np.asarray(expected, dtype=np.float64)
    if due.shape != cases.shape or not np.isfinite(due).all() or (due < 0).any() or due.sum() <= 0:
        raise InputError(
            "what is expected does not fit the incidents, is negative or sums to 0",
            where="expected",
            fix="Give one for each.",
        )
    impossible = int(cases[due == 0].sum())
    if impossible:
        raise InputError(
            f"{impossible} incidents are where none can be expected",
            where="expected",
            fix="Leave out areas without people, or expect by ground instead.",
        )
    scaled: Floats = due / due.sum() * cases.sum()
    return scaled


def _enough(simulations: int) -> None:
    if simulations < _FEWEST_SIMULATIONS:
        raise ParameterError(
            f"{simulations} simulations cannot give a p as small as 0.05",
            where="simulations",
            fix=f"Give {_FEWEST_SIMULATIONS} or more; 999 is usual.",
        )


def scan(
    cases: ArrayLike,
    expected: ArrayLike,
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    rng: Generator,
    simulations: int = 999,
    alpha: float = 0.05,
    most_share: float = 0.5,
    most_neighbours: int | None = None,
    most_radius_m: float | None = None,
) -> Scan:
    """
    Scan areas for clusters in space (Poisson model).

    Parameters
    ----------
    cases
        Shape (n,). Incidents by area.
    expected
        Shape (n,). People at risk, ground, or expected incidents: only proportions matter.
    easting, northing
        Shape (n,). Centres of the areas, metres, EPSG:27700.
    rng
        Source of randomness.
    simulations
        How often chance is tried, 19 or more.
    alpha
        Clusters up to this p are given.
    most_share, most_neighbours, most_radius_m
        Largest window, as `circles` takes them; the share is of what is expected.

    Raises
    ------
    InputError
        If shapes differ, numbers are out of range, or incidents are where none can be expected.
    EmptyInputError
        If there are fewer than 2 incidents or areas.

    Examples
    --------
    >>> cases = [1, 0, 2, 9, 8, 1, 0, 2]
    >>> found = scan(cases, np.ones(8), np.arange(8) * 1000.0, np.full(8, 1000.0), rng=np.random.default_rng(1))
    >>> best = found.clusters[0]
    >>> best.members.tolist(), best.observed, round(best.expected, 2), round(best.llr, 3), bool(best.p_value < 0.01)
    ([3, 2, 4], 19, 8.62, 9.889, True)
    """
    _enough(simulations)
    counts = _cases(cases, 1)
    due = _expected(expected, counts)
    windows = circles(
        easting, northing, due, most_share=most_share, most_neighbours=most_neighbours, most_radius_m=most_radius_m
    )
    best = best_of_each(windows, counts[:, None], due[:, None])
    drawn = []
    for start in range(0, simulations, _BATCH):
        number = min(_BATCH, simulations - start)
        simulated = rng.multinomial(counts.sum(), due / due.sum(), size=number).astype(np.int32)
        drawn.append(largest_of_simulations(windows, simulated, due))
    largest = np.concatenate(drawn)
    return Scan(
        clusters=_clusters(windows, counts[:, None], due[:, None], best=best, largest=largest, alpha=alpha, timed=False),
        simulated=largest,
        windows=len(windows),
        model="poisson",
        alpha=alpha,
        most_share=most_share,
        most_neighbours=most_neighbours,
        most_radius_m=most_radius_m,
        longest=None,
        alive=False,
    )


def space_time_scan(
    cases: ArrayLike,
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    rng: Generator,
    model: ScanModel = "permutation",
    expected: ArrayLike | None = None,
    simulations: int = 999,
    alpha: float = 0.05,
    most_share: float = 0.5,
    most_neighbours: int | None = None,
    most_radius_m: float | None = None,
    longest: int | None = None,
    alive: bool = False,
) -> Scan:
    """
    Scan areas and periods for clusters in space and time.

    Parameters
    ----------
    cases
        Shape (n, periods). Incidents by area and period.
    easting, northing
        Shape (n,). Centres of the areas, metres, EPSG:27700.
    rng
        Source of randomness.
    model
        `permutation`, or `poisson` with `expected`.
    expected
        Shape (n, periods). For the Poisson model: only proportions matter.
    simulations, alpha, most_neighbours, most_radius_m
        As `scan` takes them.
    most_share
        Largest share of the incidents (permutation) or of what is expected (Poisson) in a circle over all periods.
    longest
        Most periods of a cluster; half of them where not given.
    alive
        Whether only clusters that last to the final period are looked for: what is going on now.

    Raises
    ------
    InputError
        As `scan`, and if there are fewer than 2 periods.
    ParameterError
        If the model and what is given do not fit, or a cluster may be longer than the periods.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> cases = rng.poisson(2.0, (25, 6))
    >>> cases[12, 3:5] += 20
    >>> x, y = np.repeat(np.arange(5) * 500.0, 5) + 500, np.tile(np.arange(5) * 500.0, 5) + 500
    >>> best = space_time_scan(cases, x, y, rng=rng, simulations=99).clusters[0]
    >>> best.members.tolist(), best.first, best.last, best.p_value
    ([12], 3, 4, 0.01)
    """
    _enough(simulations)
    counts = _cases(cases, 2)
    n, periods = counts.shape
    if periods < 2:  # noqa: PLR2004 - one period has no time
        raise InputError("one period has no before and after", where="incidents", fix="Scan in space alone.")
    reach = max(periods // 2, 1) if longest is None else longest
    if not 1 <= reach <= periods:
        raise ParameterError(f"{reach} of {periods} periods", where="longest", fix=f"Give 1 to {periods}.")
    if (model == "poisson") != (expected is not None):
        raise ParameterError(
            f"the {model} model {'needs' if model == 'poisson' else 'takes no'} expected incidents", where="model"
        )
    if model == "permutation":
        due = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    else:
        due = _expected(np.asarray(expected), counts)
    windows = circles(
        easting,
        northing,
        due.sum(axis=1),
        most_share=most_share,
        most_neighbours=most_neighbours,
        most_radius_m=most_radius_m,
    )
    best = best_of_each(windows, counts, due, longest=reach, alive=alive)
    seeds = rng.spawn(simulations)

    def simulate(own: Generator) -> float:
        drawn = _shuffled(counts, own) if model == "permutation" else own.multinomial(counts.sum(), due.ravel() / due.sum())
        return largest_in_time(windows, drawn.reshape(n, periods), due, longest=reach, alive=alive)

    largest = np.array(LocalEngine().map(simulate, seeds))
    return Scan(
        clusters=_clusters(windows, counts, due, best=best, largest=largest, alpha=alpha, timed=True),
        simulated=largest,
        windows=len(windows),
        model=model,
        alpha=alpha,
        most_share=most_share,
        most_neighbours=most_neighbours,
        most_radius_m=most_radius_m,
        longest=reach,
        alive=alive,
    )


def _shuffled(counts: Ints, rng: Generator) -> Ints:
    """Shuffle periods over incidents; the totals of areas and of periods stay."""
    n, periods = counts.shape
    area = np.repeat(np.arange(n), counts.sum(axis=1))
    period = rng.permutation(np.repeat(np.arange(periods), counts.sum(axis=0)))
    return np.bincount(area * periods + period, minlength=n * periods).astype(np.int64)


def _clusters(
    windows: Windows, counts: Ints, due: Floats, *, best: Floats, largest: Floats, alpha: float, timed: bool
) -> tuple[Scanned, ...]:
    """Take the best window of each centre, the most likely first, if it shares no area with those taken."""
    total = float(counts.sum())
    taken = np.zeros(counts.shape[0], dtype=bool)
    found: list[Scanned] = []
    for centre in np.argsort(-best[:, 0], kind="stable").tolist():
        llr = float(best[centre, 0])
        p_value = (1 + int((largest >= llr * (1 - 1e-12)).sum())) / (largest.size + 1)
        if llr <= 0 or (found and p_value > alpha):
            break
        end, first, last = (int(value) for value in best[centre, 1:])
        members = windows.member[windows.pointer[centre] : end + 1].astype(np.int64)
        if taken[members].any():
            continue
        taken[members] = True
        observed = int(counts[members, first : last + 1].sum())
        expected = float(due[members, first : last + 1].sum())
        outside = (total - observed) / (total - expected) if total > expected else 0.0
        found.append(
            Scanned(
                members=members,
                radius_m=float(windows.radius_m[end]),
                first=first if timed else None,
                last=last if timed else None,
                observed=observed,
                expected=expected,
                relative_risk=observed / expected / outside if outside > 0 else float("inf"),
                llr=llr,
                p_value=p_value,
            )
        )
    return tuple(found)
