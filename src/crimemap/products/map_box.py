"""What the templates say of a map: where its files are, what can be chosen, how it opens."""

from typing import Any, Final

from crimemap.language import gettext
from crimemap.periods import month_after, month_name
from crimemap.products.context import SiteContext
from crimemap.products.inputs import FORCE
from crimemap.products.names import safe_segment

__all__ = ["embed_folder", "map_values"]

_AROUND: Final = ("neighbourhood", "csp", "lad")
_NEAR: Final = "points,hexagons,areas"
_FAR: Final = "hexagons,areas"


def embed_folder(folder: str) -> str:
    """
    Give the folder of an area's map that other sites may show, from that of its page.

    Examples
    --------
    >>> embed_folder("areas/csp/E1")
    'embed/areas/csp/E1'
    """
    return f"embed/{folder}"


def map_values(context: SiteContext, index: int) -> dict[str, Any]:
    """
    Give what a page says of its map.

    Parameters
    ----------
    index
        The area's row in the cube.

    Returns
    -------
    dict
        `has_map`, and `map`: None where the area has neither a boundary nor anything to draw.
    """
    row = context.areas[index]
    force, is_force = str(row["force"]), row["area_type"] == FORCE
    kinds = context.kinds_of(force)
    if is_force and force not in context.hotspots and not kinds:
        return {"has_map": False, "map": None}
    folder, of_force = context.folder(index), f"data/forces/{safe_segment(force)}/"
    boundary = f"data/{folder}/boundary.geojson"
    if is_force:
        boundary = f"{of_force}boundaries-pfa.geojson" if "pfa" in kinds else ""
    around = next((kind for kind in _AROUND if kind in kinds), None)
    period = context.facts.periods[force]
    last = month_after(period.end, -1)
    background = context.options.base_map
    usual = _NEAR if row["area_type"] == "neighbourhood" else _FAR
    return {
        "has_map": True,
        "map": {
            "name": context.name(index),
            "title": gettext("Map of recorded incidents in {place}").format(place=context.name(index)),
            "months_words": gettext("{first} to {last}").format(first=month_name(period.start), last=month_name(last)),
            "folder": f"data/{folder}/",
            "page": folder,
            "embed": embed_folder(folder),
            "boundary": boundary,
            "context": f"{of_force}boundaries-{around}.geojson" if around else "",
            "labels": f"{of_force}labels.json",
            "types": [gettext(name) for name in context.facts.cube.offence_types[:-1]],
            "months": context.facts.cube.months,
            "first": period.start,
            "last": last,
            "layers": usual if background is None else f"{usual},background",
            "tiles": "" if background is None else background.url,
            "tiles_attribution": "" if background is None else background.attribution,
            "confidential": _is_confidential(context, force),
        },
    }


def _is_confidential(context: SiteContext, force: str) -> bool:
    coverage = context.inputs.coverage
    return bool(((coverage["force"] == force) & (coverage["kind"] == "confidential")).any())
