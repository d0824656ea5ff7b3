"""
Keeping places and boundary sets together: which area of which set each map point lies in.

Only what is new is worked out: places added since a set was last assigned, or all of them where the set's shapes changed.
Which content of each set was assigned stands in `assigned.json`; it is written after the old assignments were dropped and
before new ones are, so that an interruption is made good by the next run.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["forget_place_areas", "update_place_areas"]

_RECORD: Final = "assigned.json"


def update_place_areas(workspace: Workspace) -> dict[str, int]:
    """
    Assign every place that is not assigned yet to the areas of every set. The caller holds the workspace's lock.

    Returns
    -------
    Number of places newly looked at, by set.
    """
    from crimemap.areas.assign import PointGrid
    from crimemap.areas.files import read_json, write_json
    from crimemap.areas.store import AreaStore
    from crimemap.incidents.places import PlaceStore

    areas, places = AreaStore(workspace), PlaceStore(workspace)
    record_path = workspace.places / _RECORD
    record = read_json(record_path) if record_path.is_file() else {}
    grids: dict[int, tuple[PointGrid, NDArray[np.int32]]] = {}
    done: dict[str, int] = {}
    for info in areas.sets():
        if record.get(info.set_id) != info.content:
            places.drop_areas(info.set_id)
            record[info.set_id] = info.content
            write_json(record_path, record)
        last = places.assigned_up_to(info.set_id)
        if last not in grids:
            waiting = places.read(after_place_id=last)
            grid = PointGrid(waiting["easting"].to_numpy(), waiting["northing"].to_numpy())
            grids[last] = (grid, waiting["place_id"].to_numpy())
        grid, place_id = grids[last]
        done[info.set_id] = int(place_id.size)
        if place_id.size:
            frame = areas.read(info.set_id).frame
            index = grid.assign(frame)
            codes = frame.index.to_numpy(dtype=object)
            area_code = np.where(index < 0, None, codes[index])
            places.write_areas(info.set_id, place_id, area_code)
    return done


def forget_place_areas(workspace: Workspace, set_id: str) -> None:
    """Forget the assignments of a set that was removed. The caller holds the workspace's lock."""
    from crimemap.areas.files import read_json, write_json
    from crimemap.incidents.places import PlaceStore

    record_path = workspace.places / _RECORD
    record = read_json(record_path) if record_path.is_file() else {}
    PlaceStore(workspace).drop_areas(set_id)
    if record.pop(set_id, None) is not None:
        write_json(record_path, record)
