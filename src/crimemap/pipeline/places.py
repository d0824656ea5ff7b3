"""
Keeping places and boundary sets together: which area of which set each map point lies in.

Only what is new is worked out: places added since a set was last assigned, or all of them where the set's shapes changed.
Which content of each set was assigned stands in `assigned.json`; it is written after the old assignments were dropped and
before new ones are, so that an interruption is made good by the next run.
"""

from typing import Final

from crimemap.workspace import Workspace

__all__ = ["forget_place_areas", "update_place_areas"]

_RECORD: Final = "assigned.json"


def update_place_areas(workspace: Workspace) -> dict[str, int]:
    """
    Assign every place that is not assigned yet to the areas of every set. The caller holds the workspace's lock.

    Returns
    -------
    Number of places newly looked at, by set.
    """
    from crimemap.areas.assign import assign_points
    from crimemap.areas.files import read_json, write_json
    from crimemap.areas.store import AreaStore

    try:
        from crimemap.incidents.places import PlaceStore
    except ModuleNotFoundError:
        return {}

    areas, places = AreaStore(workspace), PlaceStore(workspace)
    record_path = workspace.places / _RECORD
    record = read_json(record_path) if record_path.is_file() else {}
    done: dict[str, int] = {}
    for info in areas.sets():
        if record.get(info.set_id) != info.content:
            places.drop_areas(info.set_id)
            record[info.set_id] = info.content
            write_json(record_path, record)
        waiting = places.read(after_place_id=places.assigned_up_to(info.set_id))
        done[info.set_id] = len(waiting)
        if not len(waiting):
            continue
        frame = areas.read(info.set_id).frame
        index = assign_points(waiting["easting"].to_numpy(), waiting["northing"].to_numpy(), frame)
        codes = frame.index.to_numpy(dtype=object)
        area_code = codes[index]
        area_code[index < 0] = None
        places.write_areas(info.set_id, waiting["place_id"].to_numpy(), area_code)
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
