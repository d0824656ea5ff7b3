"""HiGHS, quiet and repeatable: linear and integer programmes over 0-1 columns."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from crimemap.alignment.mergers.watch import Watch
from crimemap.errors import CrimemapError

__all__ = ["SAME", "Solved", "choose", "pick", "quiet", "run"]

Floats = NDArray[np.float64]

#: People. Costs that differ by less are alike; below what a merger weighs, so that it never hides one.
SAME: Final = 2e-4


_UNDECIDED: Final = frozenset(
    {highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kSolveError, highspy.HighsModelStatus.kPresolveError}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """Result of a programme: `values` are empty where it has none."""

    status: Literal["optimal", "infeasible", "stopped"]
    values: Floats
    objective: float
    bound: float


def quiet(watch: Watch) -> highspy.Highs:
    """Start a solver that says nothing, uses one thread, gives the same answer every time, and heeds the watch."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", SAME / 2),
    ):
        solver.setOptionValue(name, value)
    if watch.report is not None:

        def ask(event: Any) -> None:
            if not watch.going_on("solving"):
                event.interrupt()

        solver.cbMipInterrupt += ask
    return solver


def run(solver: highspy.Highs, watch: Watch) -> Solved:
    """Run a solver on the model that it holds, for the time that is left."""
    if watch.seconds is not None:
        # A linear programme's limit counts the time of earlier runs, an integer one's does not.
        before = 0.0 if len(solver.getLp().integrality_) else solver.getRunTime()
        solver.setOptionValue("time_limit", before + max(watch.left, 0.01))
    solver.run()
    status = solver.getModelStatus()
    if status in _UNDECIDED:  # a warm start or a presolve that led nowhere: start afresh without either
        solver.clearSolver()
        solver.setOptionValue("presolve", "off")
        solver.run()
        solver.setOptionValue("presolve", "choose")
        status = solver.getModelStatus()
    info = solver.getInfo()
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        return Solved(status="infeasible", values=np.empty(0), objective=np.inf, bound=np.inf)
    some = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.asarray(solver.getSolution().col_value, dtype=np.float64) if some else np.empty(0)
    objective = float(info.objective_function_value) if some else np.inf
    if status == highspy.HighsModelStatus.kOptimal:
        return Solved(status="optimal", values=values, objective=objective, bound=min(objective, _bound(solver, objective)))
    if status not in {highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt}:
        raise CrimemapError(
            f"the solver ended with {status.name[1:]} and no answer",
            where="search",
            fix="Change a limit slightly, or report this.",
        )
    watch.going_on("solving")
    return Solved(status="stopped", values=values, objective=objective, bound=_bound(solver, -np.inf))


def _bound(solver: highspy.Highs, otherwise: float) -> float:
    integer = bool(len(solver.getLp().integrality_))
    bound = float(solver.getInfo().mip_dual_bound) if integer else otherwise
    return bound if np.isfinite(bound) else otherwise


def choose(
    costs: Floats,
    columns: csc_array,
    lower: Floats,
    upper: Floats,
    *,
    watch: Watch,
) -> Solved:
    """
    Choose columns of least cost so that every row's sum lies within its limits.

    Parameters
    ----------
    costs
        Shape (n_columns,).
    columns
        Shape (n_rows, n_columns).
    lower, upper
        Shape (n_rows,).
    """
    n_rows, n_columns = columns.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n_columns, n_rows
    model.col_cost_ = costs
    model.col_lower_, model.col_upper_ = np.zeros(n_columns), np.ones(n_columns)
    model.row_lower_, model.row_upper_ = lower, upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = columns.indptr.astype(np.int32)
    model.a_matrix_.index_ = columns.indices.astype(np.int32)
    model.a_matrix_.value_ = columns.data.astype(np.float64)
    model.integrality_ = [highspy.HighsVarType.kInteger] * n_columns
    solver = quiet(watch)
    solver.passModel(model)
    return run(solver, watch)


def pick(
    members: NDArray[np.bool_],
    costs: Floats,
    *,
    n_groups: int | None,
    watch: Watch,
    without: tuple[NDArray[np.intp], ...] = (),
    at_least: tuple[Floats, float] | None = None,
) -> Solved:
    """
    Choose groups that cover each unit once at least cost.

    Parameters
    ----------
    members, costs
        Shape (n, n_units), (n,).
    n_groups
        How many groups; None for any number.
    without
        Choices already known.
    at_least
        A value of each group, and the least sum that is asked for.
    """
    n, n_units = members.shape
    more: list[Floats] = []
    low, high = np.ones(n_units), np.ones(n_units)
    if n_groups is not None:
        more.append(np.ones(n))
        low, high = np.append(low, n_groups), np.append(high, n_groups)
    if at_least is not None:
        more.append(at_least[0])
        low, high = np.append(low, at_least[1]), np.append(high, np.inf)
    for chosen in without:
        row = np.zeros(n)
        row[chosen] = 1.0
        more.append(row)
        low, high = np.append(low, -np.inf), np.append(high, chosen.size - 1.0)
    rows = csc_array(np.vstack([members.T.astype(np.float64), *more]))
    return choose(costs, rows, low, high, watch=watch)
