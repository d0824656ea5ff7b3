"""Figures of the statistics of time, fit for a report: drawn by matplotlib without any window."""

from collections.abc import Collection, Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from crimemap.analysis.over_time.profiles import Profile

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
#: A part of a map is shown again if it is less wide than this share of the whole.
_SMALL: Final = 0.35
#: Fewer areas than this are large enough on any map.
_FEW: Final = 3


def _figure(width: float, height: float, title: str) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    figure.suptitle(fill(title, int(width * 9)), x=0.01, ha="left", fontsize=11, fontweight="bold")
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
    shapes: "gpd.GeoDataFrame",
    column: str,
    colours: Mapping[str, str],
    *,
    title: str,
    outline: object = None,
    faint: Collection[str] = (),
) -> "Figure":
    """
    Draw areas or cells coloured by class, with a key that says how many there are of each, and a scale.

    Where all that is not faint lies in a small part of the map, a second map shows that part.

    Parameters
    ----------
    shapes
        EPSG:27700, with `column`; classes without a colour are not drawn.
    outline
        The study area, drawn as a line; None for none.
    faint
        Classes that are background.
    """
    from matplotlib.patches import Patch, Rectangle

    classes = shapes[column].to_numpy()
    held = [name for name in colours if (classes == name).any()]
    marked = shapes.geometry[~np.isin(classes, list(faint))]
    whole = shapely.total_bounds([*shapes.geometry, *([outline] if isinstance(outline, shapely.Geometry) else [])])
    part = _close_up(shapely.total_bounds(np.asarray(marked.array, dtype=object)), whole) if len(marked) else None
    tall = float(np.clip((whole[3] - whole[1]) / max(whole[2] - whole[0], 1.0), 0.4, 1.6))
    windows: list[Any] = [whole] if part is None else [whole, part]
    panels = len(windows)
    figure = _figure(6.0 * panels, 6.0 * (tall if part is None else max(tall, 0.9)) + 1.2, title)
    for axes, window in zip(np.atleast_1d(figure.subplots(1, panels)), windows, strict=True):
        for name in reversed(held):
            _fill(axes, shapes.geometry[classes == name], colours[name], parted=name in faint or window is part)
        if isinstance(outline, shapely.Geometry):
            for line in shapely.get_parts(shapely.get_parts(shapely.boundary(outline))):
                axes.plot(*shapely.get_coordinates(line).T, color=_GREY, linewidth=0.6)
        axes.set_xlim(window[0], window[2])
        axes.set_ylim(window[1], window[3])
        axes.set_aspect("equal")
        axes.set_axis_off()
        _scale(axes)
    if part is not None:
        figure.axes[0].add_patch(
            Rectangle((part[0], part[1]), part[2] - part[0], part[3] - part[1], fill=False, edgecolor="black", linewidth=0.8)
        )
    key = [
        Patch(facecolor=colours[name], edgecolor=_GREY, label=f"{name} ({int((classes == name).sum()):,})") for name in held
    ]
    if key:
        figure.legend(handles=key, loc="outside lower center", ncols=min(len(key), 3), fontsize=8, frameon=False)
    return figure


def _fill(axes: Any, geometry: Any, colour: str, *, parted: bool) -> None:
    from matplotlib.collections import PolyCollection

    parts = shapely.get_parts(np.asarray(geometry.array, dtype=object))
    rings = [shapely.get_coordinates(part.exterior) for part in parts if part.geom_type == "Polygon"]
    # A line of its own colour keeps a cell visible on the map of a county.
    edge, width = ("#ffffff", 0.2) if parted or len(rings) < _FEW else (colour, 0.8)
    axes.add_collection(PolyCollection(rings, facecolors=colour, edgecolors=edge, linewidths=width))


def _close_up(marked: Any, whole: Any) -> "tuple[float, float, float, float] | None":
    """Give a square round what is marked, if it is a small part of the whole."""
    side = max(marked[2] - marked[0], marked[3] - marked[1]) * 1.3 + 500.0
    if side > _SMALL * max(whole[2] - whole[0], whole[3] - whole[1]):
        return None
    x, y = (marked[0] + marked[2]) / 2, (marked[1] + marked[3]) / 2
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def _scale(axes: Any) -> None:
    """Draw a bar of a round length, about a fifth of the width."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    fifth = max((east - west) / 5, 1.0)
    step = 10 ** np.floor(np.log10(fifth))
    length = step * max(n for n in (1, 2, 5) if n * step <= fifth)
    y = south - (north - south) * 0.03
    axes.plot([west, west + length], [y, y], color="black", linewidth=2, clip_on=False)
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004 - metres in a kilometre
    axes.text(west + length / 2, y - (north - south) * 0.01, label, ha="center", va="top", fontsize=8)
