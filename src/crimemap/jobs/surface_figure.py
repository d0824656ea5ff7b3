"""The figure of a surface, fit for a report: the map in National Grid metres, a scale, regions and the boundary."""

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import shapely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crimemap.jobs.kde_result import KdeResult

__all__ = ["draw_surface"]

_BLACK: Final = "#0b0c0c"
_GREY: Final = "#505a5f"
_STYLES: Final[tuple[Literal["-", "--", ":"], ...]] = ("-", "--", ":")
_LINES: Final = {"higher": "higher, beyond 5 %", "lower": "lower, beyond 5 %"}
_WIDTH_IN: Final = 7.0
#: Centile of the values at which the scale ends: one peak would leave all else pale.
_TOP: Final = 99.8


def draw_surface(result: "KdeResult", *, title: str) -> "Figure":
    """
    Draw a surface with its regions and the boundary of its study area.

    Parameters
    ----------
    result
        What to draw.
    title
        Stands above.
    """
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    surface, values = result.surface, result.value
    rows, columns = values.shape
    height = min(max(_WIDTH_IN * rows / columns, 3.0), 11.0)
    figure = Figure(figsize=(_WIDTH_IN + 1.2, height + 0.9), dpi=150, layout="constrained")
    axes = figure.subplots()
    size = surface.cell_size_m
    extent = (surface.west_m, surface.west_m + columns * size, surface.south_m, surface.south_m + rows * size)
    known = values[~np.isnan(values)]
    asked: dict[str, Any] = {"cmap": "Blues", "vmin": 0.0, "vmax": _top(known)}
    if result.measure in ("change", "log_relative_risk"):
        most = _top(np.abs(known))
        asked = {"cmap": "RdBu_r", "norm": TwoSlopeNorm(0.0, -most, most)}
    shown = axes.imshow(values, origin="lower", extent=extent, interpolation="nearest", **asked)
    extend = "max" if "vmax" in asked else "both"
    figure.colorbar(shown, ax=axes, label=result.unit, shrink=0.75, extend=extend)
    regions = result.region_layer()
    drawn = []
    for name, style in zip([] if regions.empty else regions["region"], _STYLES, strict=False):
        for shape in regions.geometry[regions["region"] == name]:
            _outline(axes, shape, color=_BLACK, linestyle=style, linewidth=0.7)
        drawn.append(Line2D([], [], color=_BLACK, linestyle=style, linewidth=0.9, label=_LINES.get(name, name)))
    if result.study_area.geometry is not None:
        _outline(axes, shapely.simplify(result.study_area.geometry, size / 2), color=_GREY, linewidth=0.6)
    if drawn:
        axes.legend(handles=drawn, fontsize=7, loc="best", framealpha=0.9)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    edge = "" if surface.edge_correction == "none" else f", {surface.edge_correction} edge correction"
    axes.set_xlabel(
        f"{surface.kernel} kernel of {surface.bandwidth_m:,.0f} m{edge}; cells of {size:g} m; {result.used:,} incidents\n"
        "Easting and northing in metres, EPSG:27700",
        fontsize=8,
        loc="left",
    )
    axes.ticklabel_format(style="plain", useOffset=False)
    axes.tick_params(labelsize=7)
    axes.set_xlim(extent[0], extent[1])
    axes.set_ylim(extent[2], extent[3])
    axes.set_aspect("equal")
    return figure


def _top(values: Any) -> float:
    if not values.size or not values.max() > 0:
        return 1.0
    above = float(np.percentile(values[values > 0], _TOP))
    return above if above > 0 else float(values.max())


def _outline(axes: Any, shape: Any, **style: Any) -> None:
    for part in shapely.get_parts(shape):
        for ring in shapely.get_rings(part):
            axes.plot(*shapely.get_coordinates(ring).T, **style)
