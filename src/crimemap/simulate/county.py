"""The county: bricks with people, and the areas of every type that they make up."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.simulate import names
from crimemap.simulate.bricks import Bricks, make_bricks
from crimemap.simulate.grouping import connect, is_connected, split_evenly
from crimemap.simulate.terrain import make_terrain

__all__ = ["AREA_TYPES", "County", "make_county"]

#: Area type to the column of `County.frame` that holds a brick's code.
AREA_TYPES: Final = ("lsoa", "msoa", "ward", "neighbourhood", "lad", "csp", "bcu", "county", "ctyua", "pfa")

_CITY: Final = 7
_NEIGHBOURHOODS: Final = dict.fromkeys(range(7), 6) | {_CITY: 18}
_BRICKS_IN_MSOA: Final = 5
_BRICKS_IN_WARD: Final = 4
#: The unit NORTH AREA is coded NA as a real one is; it must not be read as a missing value.
_BCUS: Final = {"CA": "Castermere", "NA": "North Area", "EA": "East Area", "SA": "South Area", "WA": "West Area"}
_BCU_OF_DISTRICT: Final = ("NA", "NA", "EA", "EA", "SA", "WA", "WA", "CA")
_MOVED_NEIGHBOURHOODS: Final = 2
_CUT_DISTRICT, _NIBBLED_DISTRICT, _INTO_DISTRICT = 3, 5, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """
    The bricks, and what each belongs to.

    Attributes
    ----------
    bricks
        Geometry and adjacency.
    frame
        One row for each brick, in the bricks' order: `population`, `households`, and for each area type a code
        (`lad`) and a name (`lad_name`). `county` is empty for the unitary city.
    """

    bricks: Bricks
    frame: pd.DataFrame

    def areas(self, area_type: str) -> pd.DataFrame:
        """List the areas of a type: indexed by code, with `name`, `population`, `households` and `bricks`."""
        grouped = self.frame[self.frame[area_type] != ""].groupby(area_type, sort=True)
        return grouped.agg(
            name=(f"{area_type}_name", "first"),
            population=("population", "sum"),
            households=("households", "sum"),
            bricks=("population", "size"),
        )


def _codes(prefix: str, label: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    """Give codes in a range that the register of geographic codes does not use, by rank of the label."""
    _, rank = np.unique(label, return_inverse=True)
    return [f"{prefix}900{k + 1:03d}" for k in rank], rank


def _reading_order(bricks: Bricks) -> NDArray[np.int64]:
    """Order the bricks by district, then from north to south in bands, as official codes roughly run."""
    north = -np.round(bricks.xy[:, 1] / 2_500)
    return np.lexsort((bricks.xy[:, 0], north, (bricks.district + 1) % (_CITY + 1)))


def _households(bricks: Bricks, rng: Generator) -> NDArray[np.int64]:
    typical = np.asarray([600, 610, 670, 720])[bricks.kind]
    return np.clip(rng.normal(typical, 85), 430, 1_000).astype(np.int64)


def _cut_bcus(bricks: Bricks, neighbourhood: NDArray[np.int64]) -> NDArray[np.object_]:
    """Give each brick its unit: one district is cut along neighbourhoods, another loses a single brick."""
    bcu = np.asarray(_BCU_OF_DISTRICT, dtype=object)[bricks.district]
    for _ in range(_MOVED_NEIGHBOURHOODS):
        south = bcu == "SA"
        touching = bricks.adjacency[:, np.flatnonzero(south)].sum(axis=1) > 0
        candidates = np.unique(neighbourhood[touching & (bricks.district == _CUT_DISTRICT) & ~south])
        target = bricks.xy[bricks.district == _INTO_DISTRICT].mean(axis=0)
        for group in sorted(
            candidates, key=lambda g: float(np.hypot(*(bricks.xy[neighbourhood == g].mean(axis=0) - target)))
        ):
            stays = (bcu == "EA") & (neighbourhood != group)
            if is_connected(bricks.adjacency, stays):
                bcu[neighbourhood == group] = "SA"
                break
    south = np.flatnonzero(bcu == "SA")
    near = (bricks.adjacency[:, south].sum(axis=1) > 0) & (bricks.district == _NIBBLED_DISTRICT)
    for brick in np.flatnonzero(near):
        stays = bcu == "WA"
        stays[brick] = False
        if is_connected(bricks.adjacency, stays):
            bcu[brick] = "SA"
            break
    return bcu


def _by_centrality(bricks: Bricks, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank each brick's group in its district: 0 for the one in the middle of the main settlement."""
    groups = pd.DataFrame({"group": label, "district": bricks.district, "centrality": bricks.kind + bricks.centrality})
    most = groups.groupby("group").agg(district=("district", "first"), centrality=("centrality", "max"))
    rank = most.groupby("district")["centrality"].rank(method="first", ascending=False).astype(int) - 1
    return np.asarray(groups["group"].map(rank), dtype=np.int64)


def _named_groups(
    label: NDArray[np.int64], rank: NDArray[np.int64], district_names: NDArray[np.object_], pool: list[str]
) -> list[str]:
    """Name groups: the middle one of each district after it, the others from the pool."""
    taken = iter(pool)
    said: dict[int, str] = {}
    for group, place, district in zip(label.tolist(), rank.tolist(), district_names, strict=True):
        if group not in said:
            said[group] = next(taken) if place else f"{district} Central"
    return [said[group] for group in label.tolist()]


def _sorted_bricks(bricks: Bricks) -> Bricks:
    order = _reading_order(bricks)
    return Bricks(
        polygon=bricks.polygon[order],
        adjacency=bricks.adjacency[order][:, order],
        district=bricks.district[order],
        kind=bricks.kind[order],
        centrality=bricks.centrality[order],
        xy=bricks.xy[order],
    )


def make_county(rng: Generator) -> County:
    """Make the county: its shape, its people and its areas."""
    raw = make_bricks(make_terrain(rng), rng)
    city = raw.district == _CITY
    district = connect(raw.adjacency, raw.district, city.astype(np.int64))
    bricks = _sorted_bricks(
        Bricks(
            polygon=raw.polygon,
            adjacency=raw.adjacency,
            district=district,
            kind=raw.kind,
            centrality=raw.centrality,
            xy=raw.xy,
        )
    )
    households = _households(bricks, rng)
    people = np.round(households * rng.normal(2.36, 0.12, len(bricks))).astype(np.int64)
    n_bricks = np.bincount(bricks.district)

    def split(counts: dict[int, int]) -> NDArray[np.int64]:
        return split_evenly(bricks.xy, people.astype(np.float64), bricks.district, counts, bricks.adjacency)

    order = [_CITY, *range(_CITY)]
    neighbourhood = split({d: _NEIGHBOURHOODS[d] for d in order})
    msoa = split({d: round(n_bricks[d] / _BRICKS_IN_MSOA) for d in order})
    ward = split({d: round(n_bricks[d] / _BRICKS_IN_WARD) for d in order})
    bcu = _cut_bcus(bricks, neighbourhood)
    frame = _frame(bricks, bcu=bcu, neighbourhood=neighbourhood, msoa=msoa, ward=ward, rng=rng)
    frame["population"], frame["households"] = people, households
    return County(bricks=bricks, frame=frame)


def _frame(
    bricks: Bricks,
    *,
    bcu: NDArray[np.object_],
    neighbourhood: NDArray[np.int64],
    msoa: NDArray[np.int64],
    ward: NDArray[np.int64],
    rng: Generator,
) -> pd.DataFrame:
    district = bricks.district
    district_names = [*names.DISTRICTS, names.CITY]
    lad = np.asarray([f"E07900{d + 1:03d}" for d in range(7)] + ["E06900001"], dtype=object)
    pool = names.place_names(400, rng)
    made: dict[str, Any] = {}
    made["lad"], made["lad_name"] = lad[district], np.asarray(district_names, dtype=object)[district]
    # Community safety partnerships: one for each council, but districts 3 and 4 (Corrindale, Dunfleet Sands) have merged.
    csp_of = np.asarray([0, 1, 2, 2, 3, 4, 5, 6])
    csp_names = [
        "Ashenholt", "Brindlemoor", "Corrindale and Dunfleet", "Elverstow", "Fennerby", "Gravenhythe", "Castermere",
    ]  # fmt: skip
    made["csp"] = [f"E22900{k + 1:03d}" for k in csp_of[district]]
    made["csp_name"] = [csp_names[k] for k in csp_of[district]]
    made["bcu"], made["bcu_name"] = bcu, [_BCUS[code] for code in bcu]
    city = district == _CITY
    made["county"] = np.where(city, "", "E10900001")
    made["county_name"] = np.where(city, "", names.COUNTY)
    made["ctyua"] = np.where(city, "E06900001", "E10900001")
    made["ctyua_name"] = np.where(city, names.CITY, names.COUNTY)
    made["pfa"], made["pfa_name"] = "E23900001", names.COUNTY
    made["lsoa"] = [f"E01900{k + 1:03d}" for k in range(len(bricks))]
    made["msoa"], _ = _codes("E02", msoa)
    made["ward"], _ = _codes("E05", ward)
    central = _by_centrality(bricks, neighbourhood)
    made["ward_name"] = _named_groups(ward, _by_centrality(bricks, ward), made["lad_name"], pool[60:])
    made["neighbourhood_name"] = _named_groups(neighbourhood, central, made["lad_name"], pool[:60])
    # A neighbourhood is known by its district's letters and a number, as forces do; 01 is the middle of the main town.
    initials = [names.initials(name) for name in made["lad_name"]]
    made["neighbourhood"] = [f"{start}{k + 1:02d}" for start, k in zip(initials, central, strict=True)]
    frame = pd.DataFrame(made)
    # An MSOA is numbered in its district, an LSOA lettered in its MSOA: "Ashenholt 003B".
    number = frame.groupby("lad")["msoa"].rank(method="dense").astype(int)
    frame["msoa_name"] = [f"{name} {k:03d}" for name, k in zip(frame["lad_name"], number, strict=True)]
    letter = frame.groupby("msoa").cumcount()
    frame["lsoa_name"] = [f"{name}{chr(65 + k)}" for name, k in zip(frame["msoa_name"], letter, strict=True)]
    return frame
