"""Judging what a boundary file holds: a set that can be relied upon, or a refusal with its reason."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.areas.catalogue import AreaType
from crimemap.areas.country import in_england_and_wales, refuse_elsewhere
from crimemap.areas.model import Repair
from crimemap.areas.project import in_national_grid
from crimemap.areas.read import RawAreas
from crimemap.areas.repair import repair
from crimemap.errors import EmptyInputError, GeometryError, InputError

__all__ = ["Accepted", "accept", "as_set_frame", "require_codes"]

_ELSEWHERE: Final = re.compile(r"[SNLMJK]\d{8}", re.ASCII)
_NEVER_A_CODE: Final = re.compile(r"[\x00-\x1f\x7f/\\?#%<>\"']")
_MAX_CODE: Final = 64
_POLYGONAL: Final = (
    shapely.GeometryType.POLYGON,
    shapely.GeometryType.MULTIPOLYGON,
    shapely.GeometryType.GEOMETRYCOLLECTION,
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The frame of a set (see `BoundarySet`), what was repaired, and what else is to be said."""

    frame: gpd.GeoDataFrame
    repairs: tuple[Repair, ...]
    notes: tuple[str, ...]


def accept(
    raw: RawAreas,
    kind: AreaType,
    *,
    where: str,
    within: shapely.Geometry | None = None,
    only: Collection[str] | None = None,
    dissolve: bool = False,
    any_codes: bool = False,
) -> Accepted:
    """
    Make a boundary set of what was read.

    Parameters
    ----------
    raw
        What the file holds.
    kind
        The type its codes must be of.
    where
        The file, for messages.
    within
        Keep only areas that have a point inside this shape (EPSG:27700) as their middle.
    only
        Keep only areas with these codes.
    dissolve
        Join the rows of one code; without it a repeated code is refused.
    any_codes
        Accept codes that are not of the type's pattern.

    Raises
    ------
    InputError
        If codes are missing, repeated or malformed.
    GeometryError
        If shapes are empty, not areas, or of another country.
    EmptyInputError
        If `within` or `only` leaves nothing.
    CrsError
        If positions are not what the coordinate system says.
    """
    notes: list[str] = []
    frame = raw.frame
    missing = frame["area_code"].isna()
    if missing.any():
        raise InputError(
            f"{int(missing.sum())} of {len(frame)} areas have no code in column {raw.code_column}",
            where=where,
            fix="Name another column with --code, or complete the file.",
        )
    if only is not None:
        frame = _kept(frame, frame["area_code"].isin(list(only)).to_numpy(), notes, "not in the list of codes", where)
    if within is None and only is None:
        _require_shapes(frame, where)
    else:
        frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()]
    frame, heights = in_national_grid(frame, where=where)
    if heights:
        notes.append("Heights were dropped.")
    if within is not None:
        shapely.prepare(within)
        middle = shapely.point_on_surface(_valid(frame.geometry.to_numpy()))
        frame = _kept(frame, shapely.intersects(within, middle), notes, "outside the area asked for", where)
    _require_shapes(frame, where)
    frame = _in_the_country(frame, kind, notes, where)
    if dissolve:
        frame = _dissolved(frame, notes)
    require_codes(frame["area_code"].tolist(), kind, where=where, any_codes=any_codes)
    repaired = repair(
        frame["area_code"].to_numpy(dtype=object), frame.geometry.to_numpy(), closed=frame["closed"].to_numpy(dtype=bool)
    )
    named = frame.assign(geometry=repaired.shapes)
    named["area_name"] = named["area_name"].where(named["area_name"].notna(), named["area_code"])
    return Accepted(as_set_frame(named), repaired.repairs, tuple(notes))


def as_set_frame(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give `area_code`, `area_name` and `geometry` the form of a set: indexed and sorted by code, with `area_m2`."""
    made = gpd.GeoDataFrame(
        {
            "area_code": frame["area_code"].astype("str").to_numpy(),
            "area_name": frame["area_name"].astype("str").to_numpy(),
            "area_m2": shapely.area(frame.geometry.to_numpy()),
        },
        geometry=frame.geometry.to_numpy(),
        crs="EPSG:27700",
    )
    return made.set_index("area_code").sort_index()


def require_codes(codes: list[str], kind: AreaType, *, where: str, any_codes: bool = False) -> None:
    """
    Insist on codes that are all different and of the type's pattern.

    Raises
    ------
    InputError
        If they are not.
    """
    unusable = [code for code in codes if len(code) > _MAX_CODE or _NEVER_A_CODE.search(code) or set(code) <= {".", " "}]
    if unusable:
        raise InputError(
            f"{len(unusable)} of {len(codes)} codes are too long (over {_MAX_CODE}) or hold characters that no code has",
            where=where,
            fix="Name the column of codes with --code.",
        )
    if kind.id == "neighbourhood" and "neighbourhoods" in codes:
        raise InputError(
            "'neighbourhoods' cannot be the code of one: addresses of the API use the word",
            where=where,
            fix="Give it another code.",
        )
    malformed = [code for code in codes if not kind.is_code(code)]
    if malformed and not any_codes:
        raise InputError(
            f"{_counted(np.array(malformed, dtype=object))} without a code of {kind.plural.lower()}",
            where=where,
            fix=f"Check --type and --code (codes look like {kind.code_pattern}), or take them as they are with --any-codes.",
        )
    seen: set[str] = set()
    repeated = sorted({code for code in codes if code in seen or seen.add(code)})  # type: ignore[func-returns-value]
    if repeated:
        raise InputError(
            f"{_counted(np.array(repeated, dtype=object), 'code')} on more than one row",
            where=where,
            fix="Say --dissolve to join the rows of one code, or name another column with --code.",
        )


def _require_shapes(frame: gpd.GeoDataFrame, where: str) -> None:
    codes = frame["area_code"].to_numpy(dtype=object)
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise GeometryError(
            f"{_counted(codes[empty])} without a shape (none in the file, or a ring of too few points)",
            where=where,
            fix="Correct the file, or leave them out with --only.",
        )
    other = ~np.isin(shapely.get_type_id(shapes), _POLYGONAL)
    if other.any():
        found = ", ".join(sorted({str(shape.geom_type) for shape in shapes[other]}))
        raise GeometryError(
            f"{_counted(codes[other])} drawn as {found}, not as polygons",
            where=where,
            fix="Export the areas themselves.",
        )
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise GeometryError("some positions are not finite numbers", where=where, fix="Export the boundaries again.")
    flat = shapely.area(_valid(shapes)) <= 0
    if flat.any():
        raise GeometryError(
            f"{_counted(codes[flat])} enclosing no area (a polygon needs at least three points, not on one line)",
            where=where,
            fix="Correct the file, or leave them out with --only.",
        )


def _in_the_country(frame: gpd.GeoDataFrame, kind: AreaType, notes: list[str], where: str) -> gpd.GeoDataFrame:
    inside = in_england_and_wales(_valid(frame.geometry.to_numpy()))
    if not inside.any():
        refuse_elsewhere(frame, where)
    codes = frame["area_code"].tolist()
    foreign = np.array([_ELSEWHERE.fullmatch(code) is not None for code in codes], dtype=bool)
    of_type = np.array([kind.is_code(code) for code in codes], dtype=bool)
    elsewhere = foreign & ~(of_type & inside)
    if elsewhere.any():
        notes.append(f"{int(elsewhere.sum())} areas outside England and Wales were left out.")
    outside = ~inside & ~elsewhere
    if outside.any():
        raise GeometryError(
            f"{_counted(frame['area_code'].to_numpy(dtype=object)[outside])} outside England and Wales",
            where=where,
            fix="Correct them, or keep the others with --only or --within.",
        )
    return frame[~elsewhere]


def _dissolved(frame: gpd.GeoDataFrame, notes: list[str]) -> gpd.GeoDataFrame:
    joined = len(frame) - frame["area_code"].nunique()
    if not joined:
        return frame
    notes.append(f"{joined} rows were joined to others of the same code.")
    checked = frame.assign(geometry=_valid(frame.geometry.to_numpy()))
    return checked.dissolve(by="area_code", aggfunc={"area_name": "first", "closed": "max"}).reset_index()


def _kept(frame: gpd.GeoDataFrame, keep: NDArray[np.bool_], notes: list[str], why_not: str, where: str) -> gpd.GeoDataFrame:
    if not keep.any():
        raise EmptyInputError(
            f"all {len(frame)} areas are {why_not}", where=where, fix="Check --only and --within, and the column of codes."
        )
    if not keep.all():
        notes.append(f"{int((~keep).sum()):,} of {len(frame):,} areas are {why_not} and were left out.")
    return frame[keep]


def _valid(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    made = shapes.copy()
    bad = ~shapely.is_valid(made)
    made[bad] = shapely.make_valid(made[bad], method="structure", keep_collapsed=False)
    return made


def _counted(codes: NDArray[np.object_], noun: str = "area") -> str:
    shown = ", ".join(str(code)[:20] for code in codes[:3])
    return f"{codes.size} {noun}{'' if codes.size == 1 else 's'} ({shown}{', ...' if codes.size > 3 else ''})"  # noqa: PLR2004
