"""The figure of a back-test, fit for a report: leader board with intervals, and calibration."""

from typing import TYPE_CHECKING, Any, Final

from crimemap.analysis.foresight.backtest_result import Backtest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_backtest"]

_BLUE: Final = "#1d70b8"
_GREY: Final = "#505a5f"
_MARKS: Final = "osD^vPX"
_MOST_LINES: Final = 6


def draw_backtest(found: Backtest, *, title: str) -> "Figure":
    """
    Draw PAI of each method at each coverage with its interval, and observed over expected incidents by band of the ranking.

    Parameters
    ----------
    found
        The back-test.
    title
        Stands above.
    """
    from matplotlib.figure import Figure

    coverages = found.coverages
    figure = Figure(figsize=(5.2 + 2.6 * len(coverages), 2.4 + 0.32 * len(found.methods)), dpi=150, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    *boards, calibration = figure.subplots(1, len(coverages) + 1, width_ratios=[*([1.0] * len(coverages)), 1.3])
    order = [score.method for score in found.scores if score.coverage == coverages[0]][::-1]
    for axes, coverage in zip(boards, coverages, strict=True):
        _board(axes, found, coverage, order)
    for axes in boards[1:]:
        axes.tick_params(labelleft=False)
    _calibration(calibration, found)
    return figure


def _board(axes: Any, found: Backtest, coverage: float, order: list[str]) -> None:
    scores = {score.method: score for score in found.scores if score.coverage == coverage}
    for row, name in enumerate(order):
        score = scores[name]
        colour = _GREY if score.baseline else _BLUE
        # Percentiles can miss the figure itself by a hair; a bar cannot be negative.
        left, right = max(score.pai - score.pai_low, 0.0), max(score.pai_high - score.pai, 0.0)
        axes.errorbar(
            score.pai, row, xerr=[[left], [right]], fmt="s" if score.baseline else "o", color=colour, markersize=5, capsize=2
        )
    axes.axvline(1.0, color=_GREY, linestyle=":", linewidth=0.8)
    axes.set_yticks(range(len(order)), order, fontsize=8)
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.set_xlim(left=0)
    axes.set_title(f"{100 * coverage:g} % of the area", fontsize=9, loc="left")
    axes.set_xlabel("PAI (squares: baselines)", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _calibration(axes: Any, found: Backtest) -> None:
    ranked = [score.method for score in found.scores if score.coverage == found.coverages[0]]
    calibrated = {method.name for method in found.methods if method.calibrated}
    shown = [name for name in ranked if name in calibrated][:_MOST_LINES]
    for number, name in enumerate(shown):
        bands = [band for band in found.calibration if band.method == name and band.expected and band.ratio is not None]
        axes.plot(
            [band.expected for band in bands],
            [band.observed for band in bands],
            marker=_MARKS[number % len(_MARKS)],
            markersize=4,
            linewidth=0.8,
            label=name,
        )
    top = max((max(band.expected or 0.0, band.observed) for band in found.calibration if band.method in shown), default=1.0)
    axes.plot([0, top], [0, top], color=_GREY, linestyle=":", linewidth=0.8)
    axes.set_title("Calibration, by band of the ranking", fontsize=9, loc="left")
    axes.set_xlabel("incidents expected", fontsize=8)
    axes.set_ylabel("incidents observed", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if shown:
        axes.legend(fontsize=7, frameon=False)
