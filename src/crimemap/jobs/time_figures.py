"""Figures of the statistics of time, fit for a report: drawn by matplotlib without any window."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from crimemap.analysis.profiles import Profile

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

__all__ = ["draw_bands", "draw_map", "draw_profiles"]

_BLUE: Final = "#1d70b8"
_GREY: Final = "#505a5f"
_CLEAR: Final = 0.05
_HOURS: Final = 24
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_STRONGEST: Final = 3.0


def _figure(width: float, height: float, title: str) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    return figure


def draw_bands(bands: pd.DataFrame, *, title: str) -> "Figure":
    """
    Draw Knox ratios as a table of shaded cells; ratios that stand out from the whole table are bold with a star.

    Parameters
    ----------
    bands
        `space_band`, `time_band`, `knox_ratio`, `observed`, `p_adjusted`, space bands together.
    """
    space, time = list(dict.fromkeys(bands["space_band"])), list(dict.fromkeys(bands["time_band"]))
    shape = (len(space), len(time))
    ratio = bands["knox_ratio"].to_numpy().reshape(shape)
    figure = _figure(2.6 + 1.25 * len(time), 1.4 + 0.55 * len(space), title)
    axes = figure.subplots()
    shade = np.log2(np.clip(np.nan_to_num(ratio, nan=1.0), 1 / _STRONGEST, _STRONGEST)) / np.log2(_STRONGEST)
    axes.imshow(shade, cmap="RdBu_r", vmin=-1.4, vmax=1.4, aspect="auto")
    observed, p = bands["observed"].to_numpy().reshape(shape), bands["p_adjusted"].to_numpy().reshape(shape)
    for s, t in np.ndindex(shape):
        clear = p[s, t] <= _CLEAR
        said = "none expected" if np.isnan(ratio[s, t]) else f"{ratio[s, t]:.2f}{'*' if clear else ''}"
        axes.text(
            t, s, f"{said}\n{observed[s, t]:,} pairs", ha="center", va="center", fontsize=8,
            fontweight="bold" if clear else "normal",
        )  # fmt: skip
    axes.set_xticks(range(len(time)), time, fontsize=8)
    axes.set_yticks(range(len(space)), space, fontsize=8)
    axes.set_xlabel("observed over expected pairs; * more than chance would give anywhere in the table, 5 %", fontsize=8)
    axes.tick_params(length=0)
    return figure


def _bars(axes: Any, found: Profile, labels: list[str]) -> None:
    k = np.arange(found.incidents.size)
    below, above = np.maximum(found.incidents - found.low, 0), np.maximum(found.high - found.incidents, 0)
    axes.bar(k, found.incidents, color=_BLUE, width=0.8)
    axes.errorbar(k, found.incidents, yerr=[below, above], fmt="none", ecolor=_GREY, elinewidth=1, capsize=2)
    axes.axhline(found.n / found.incidents.size, color=_GREY, linestyle="--", linewidth=0.8)
    axes.set_xticks(k, labels, fontsize=8)
    axes.set_ylabel("incidents", fontsize=8)
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def draw_profiles(hours: Profile, days: Profile, week: Profile, *, title: str) -> "Figure":
    """Draw hours of the day and days of the week as bars with intervals, and the hours of the week as shades."""
    figure = _figure(9.0, 7.0, title)
    grid = figure.add_gridspec(2, 3)
    by_hour, by_day, by_both = (
        figure.add_subplot(grid[0, :2]),
        figure.add_subplot(grid[0, 2]),
        figure.add_subplot(grid[1, :]),
    )
    _bars(by_hour, hours, [str(hour) if hour % 3 == 0 else "" for hour in range(_HOURS)])
    by_hour.set_xlabel(f"hour of the day ({100 * hours.confidence:g} % intervals; dashed: all alike)", fontsize=8)
    _bars(by_day, days, list(_DAYS))
    shown = by_both.imshow(week.incidents.reshape(7, _HOURS), cmap="YlOrRd", vmin=0, aspect="auto")
    by_both.set_yticks(range(7), _DAYS, fontsize=8)
    by_both.set_xticks(range(0, _HOURS, 3), [f"{hour:02d}:00" for hour in range(0, _HOURS, 3)], fontsize=8)
    by_both.tick_params(length=0)
    figure.colorbar(shown, ax=by_both, label="incidents", shrink=0.9)
    return figure


def draw_map(
    shapes: "gpd.GeoDataFrame", column: str, colours: Mapping[str, str], *, title: str, outline: object = None
) -> "Figure":
    """
    Draw areas or cells coloured by class, with a key that says how many there are of each, and a scale.

    Parameters
    ----------
    shapes
        EPSG:27700, with `column`; classes without a colour are not drawn.
    outline
        The study area, drawn as a line; None for none.
    """
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    figure = _figure(7.0, 8.0, title)
    axes = figure.subplots()
    key = []
    for name, colour in colours.items():
        parts = shapely.get_parts(np.asarray(shapes.geometry[shapes[column] == name].array, dtype=object))
        count = int((shapes[column] == name).sum())
        if not count:
            continue
        key.append(Patch(facecolor=colour, edgecolor=_GREY, label=f"{name} ({count:,})"))
        rings = [shapely.get_coordinates(part.exterior) for part in parts if shapely.get_type_id(part) == 3]  # noqa: PLR2004
        axes.add_collection(PolyCollection(rings, facecolors=colour, edgecolors="#ffffff", linewidths=0.2))
    if isinstance(outline, shapely.Geometry):
        for line in shapely.get_parts(shapely.get_parts(shapely.boundary(outline))):
            xy = shapely.get_coordinates(line)
            axes.plot(xy[:, 0], xy[:, 1], color=_GREY, linewidth=0.8)
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.set_axis_off()
    if key:
        axes.legend(
            handles=key, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=min(len(key), 3), fontsize=8, frameon=False
        )
    _scale(axes)
    return figure


def _scale(axes: Any) -> None:
    """Draw a bar of a round length, about a fifth of the width."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    fifth = max((east - west) / 5, 1.0)
    step = 10 ** np.floor(np.log10(fifth))
    length = step * max(n for n in (1, 2, 5) if n * step <= fifth)
    y = south - (north - south) * 0.03
    axes.plot([west, west + length], [y, y], color="black", linewidth=2)
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004 - metres in a kilometre
    axes.text(west + length / 2, y - (north - south) * 0.01, label, ha="center", va="top", fontsize=8)
