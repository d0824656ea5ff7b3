"""How back-tests are told to people."""

from collections.abc import Mapping
from typing import Any

from crimemap.cli.analyses_shown import say_selection
from crimemap.cli.counted import counted
from crimemap.cli.shared import say, table

__all__ = ["say_backtest", "show_backtest"]


def say_backtest(past: Mapping[str, Any]) -> None:
    """Tell how the method of a map would have done so far, at the middle coverage."""
    if not past["available"]:
        say(f"No back-test: {past['why']}.")
        return
    at = len(past["scores"]) // 2
    score = past["scores"][at]
    caught = f"{100 * score['hit_rate']:.1f} % of incidents on {100 * score['coverage']:g} % of the area"
    say(f"So far {past['title']} would have caught {caught}:")
    say(f"PAI {score['pai']:.1f} ({score['pai_low']:.1f} to {score['pai_high']:.1f}), PEI {score['pei']:.2f}.")
    say(past["sentence"])
    say(past["verdicts"][at])
    if past["beside"] is not None:
        say(past["beside"]["sentence"])


def show_backtest(said: Mapping[str, Any]) -> None:
    """Tell a back-test: the leader board of each coverage, and the verdicts."""
    say_selection(said)
    say(f"Study area: {said['study_area']['how']}; {counted(said['cells']['number'], 'cell')} ({said['cells']['kind']}).")
    periods, interval = said["periods"], said["interval"]
    say(
        f"{counted(len(periods), 'test')} of {counted(said['test_months'], 'month')} from "
        f"{periods[0]['first_test_month']} to {periods[-1]['last_test_month']}, "
        f"each after {counted(said['training_months'], 'month')} of training."
    )
    if said["skipped"]:
        gaps = sorted({month for one in said["skipped"] for month in one["months_without_data"]})
        say(f"{counted(len(said['skipped']), 'test')} left out, for months without data: {', '.join(gaps)}.")
    seen = sorted({month for period in periods for month in period["training_months_without_data"]})
    if seen:
        say(f"Months without data are not learnt from; what is expected is by the months that have data: {', '.join(seen)}.")
    for verdict in said["verdicts"]:
        rows = [_row(score) for score in said["scores"] if score["coverage"] == verdict["coverage"]]
        heads = ["method", "hit rate", "PAI", "interval", "PEI", "RRI", "against best baseline", "p"]
        table(f"{100 * verdict['coverage']:g} % of the area", heads, rows, numeric=("hit rate", "PAI", "PEI", "RRI", "p"))
    over = f"{100 * interval['confidence']:g} %, over {interval['over']}"
    say(f"Intervals: {over}. p allows for all methods having been tried.")
    for verdict in said["verdicts"]:
        say(verdict["sentence"])


def _row(score: Mapping[str, Any]) -> list[str]:
    beats = ""
    if score["difference"] is not None:
        points = [100 * score[name] for name in ("difference", "difference_low", "difference_high")]
        beats = f"{points[0]:+.1f} points ({points[1]:+.1f} to {points[2]:+.1f})"
    return [
        score["method"] + (" (baseline)" if score["baseline"] else ""),
        f"{100 * score['hit_rate']:.1f} %",
        f"{score['pai']:.2f}",
        f"{score['pai_low']:.2f} to {score['pai_high']:.2f}",
        f"{score['pei']:.2f}",
        "-" if score["rri"] is None else f"{score['rri']:.2f}",
        beats,
        "" if score["p_value"] is None else f"{score['p_value']:.3f}" if score["p_value"] >= 0.001 else "<0.001",  # noqa: PLR2004
    ]
