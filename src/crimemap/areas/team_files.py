"""
Reading what a force says about its neighbourhoods: JSON in data.police.uk's shape, or simple CSV files.

JSON: one file (an object with `force` and `neighbourhoods`, a list of neighbourhoods, or one neighbourhood), or a folder
with `neighbourhoods.json` and perhaps `force.json`, `<id>.json` and `<id>/people.json`, `events.json`, `priorities.json`,
`boundary.json`, as the API's answers are called.

CSV: `neighbourhoods.csv`, alone or in a folder with `people.csv`, `priorities.csv`, `events.csv`, `links.csv` and
`locations.csv`, whose first column `neighbourhood` holds the id.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crimemap.areas.tables import read_table
from crimemap.areas.team_shapes import CONTACT_KEYS
from crimemap.errors import InputError, NotFoundError, UnreadableFileError

__all__ = ["CSV_COLUMNS", "GivenTeams", "read_teams"]

_MAX_BYTES: Final = 256 * 1024**2
_PARTS: Final = ("people", "events", "priorities", "boundary")

#: The columns of each CSV file beside contact details (`email`, `telephone`, ...), which all but links may have.
CSV_COLUMNS: Final = {
    "neighbourhoods": ("id", "name", "description", "url_force", "population", "latitude", "longitude"),
    "people": ("neighbourhood", "name", "rank", "bio"),
    "priorities": ("neighbourhood", "issue", "issue_date", "action", "action_date"),
    "events": ("neighbourhood", "title", "description", "address", "type", "start_date", "end_date"),
    "links": ("neighbourhood", "url", "title", "description"),
    "locations": (
        "neighbourhood", "name", "latitude", "longitude", "postcode", "address", "telephone", "type", "description",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GivenTeams:
    """What the files hold, not judged yet; `notes` say which columns or files were passed over."""

    force: dict[str, Any] | None
    neighbourhoods: list[Any]
    notes: tuple[str, ...]


def read_teams(path: Path) -> GivenTeams:
    """
    Read a file or a folder.

    Raises
    ------
    NotFoundError
        If there is no such file, or the folder holds none that is known.
    UnreadableFileError
        If a file is damaged, too large or not UTF-8.
    InputError
        If JSON is of another shape, or a CSV row is about a neighbourhood that is not in `neighbourhoods.csv`.
    """
    if path.is_dir():
        if (path / "neighbourhoods.json").is_file():
            return _json_folder(path)
        if (path / "neighbourhoods.csv").is_file():
            return _csv_files(path / "neighbourhoods.csv", path)
        raise NotFoundError(
            "the folder holds neither neighbourhoods.json nor neighbourhoods.csv",
            where=str(path),
            fix="See docs/areas.md for the files that are read.",
        )
    if not path.is_file():
        raise NotFoundError("there is no such file or folder", where=str(path), fix="Check the path.")
    return _csv_files(path, None) if path.suffix.lower() == ".csv" else _json_file(path)


def _json(path: Path) -> Any:
    if path.stat().st_size > _MAX_BYTES:
        raise UnreadableFileError("the file is too large", where=str(path), fix="Are these neighbourhoods?")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableFileError("the file is not UTF-8 text", where=str(path), fix="Save it as UTF-8.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        line = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFileError(f"this is not JSON{line}", where=str(path), fix="Export the file again.") from error


def _json_file(path: Path) -> GivenTeams:
    held = _json(path)
    if isinstance(held, list):
        return GivenTeams(None, held, ())
    if isinstance(held, Mapping) and isinstance(held.get("neighbourhoods"), list):
        force = held.get("force")
        return GivenTeams(dict(force) if isinstance(force, Mapping) else None, list(held["neighbourhoods"]), ())
    if isinstance(held, Mapping) and held.get("id"):
        return GivenTeams(None, [held], ())
    raise InputError(
        "this JSON is not neighbourhoods",
        where=str(path),
        fix="Give a list of neighbourhoods, or an object with 'force' and 'neighbourhoods'; see docs/areas.md.",
    )


def _json_folder(folder: Path) -> GivenTeams:
    listed = _json(folder / "neighbourhoods.json")
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise InputError(
            "this is not a list of neighbourhoods", where=str(folder / "neighbourhoods.json"), fix="See docs/areas.md."
        )
    force = _json(folder / "force.json") if (folder / "force.json").is_file() else None
    if force is not None and not isinstance(force, Mapping):
        raise InputError("this is not a force", where=str(folder / "force.json"), fix="Give one JSON object.")
    beside = {path.relative_to(folder).as_posix(): path for path in sorted(folder.glob("**/*.json"))}
    return GivenTeams(dict(force) if force is not None else None, [_with_answers(dict(one), beside) for one in listed], ())


def _with_answers(one: dict[str, Any], beside: Mapping[str, Path]) -> dict[str, Any]:
    """Add what files of the neighbourhood's own say. Names are looked up among those found, never made into paths."""
    nid = str(one.get("id") or "")
    if f"{nid}.json" in beside and nid not in ("force", "neighbourhoods"):
        own = _json(beside[f"{nid}.json"])
        one |= dict(own) if isinstance(own, Mapping) else {}
    for part in _PARTS:
        if f"{nid}/{part}.json" in beside:
            one[part] = _json(beside[f"{nid}/{part}.json"])
    return one


def _csv_files(path: Path, folder: Path | None) -> GivenTeams:
    notes: list[str] = []
    made: dict[str, dict[str, Any]] = {}
    for row in _rows(path, "neighbourhoods", notes):
        centre = {"latitude": row.pop("latitude", ""), "longitude": row.pop("longitude", "")}
        nid = row.get("id", "")
        if nid in made:
            raise InputError(f"the id {nid[:40]!r} comes twice", where=str(path), fix="Keep one row for each neighbourhood.")
        made[nid] = dict(row) | {"centre": centre}
    force: dict[str, Any] = {}
    for name in CSV_COLUMNS:
        part = folder / f"{name}.csv" if folder else None
        if name == "neighbourhoods" or part is None or not part.is_file():
            continue
        for row in _rows(part, name, notes):
            nid = row.pop("neighbourhood", "")
            if nid and nid not in made:
                raise InputError(
                    f"a row is about the neighbourhood {nid[:40]!r}, which is not in {path.name}",
                    where=str(part),
                    fix="Correct its id, or add the neighbourhood.",
                )
            (made[nid] if nid else force).setdefault(name, []).append(row)
    return GivenTeams(force or None, list(made.values()), tuple(notes))


def _rows(path: Path, name: str, notes: list[str]) -> list[dict[str, Any]]:
    table = read_table(path)
    table.columns = table.columns.str.lower().str.replace("-", "_")
    known = CSV_COLUMNS[name]
    contacts = {key.replace("-", "_") for key in CONTACT_KEYS} - set(known) if name != "links" else set()
    if known[0] not in table.columns:
        raise InputError(
            f"there is no column {known[0]!r}",
            where=str(path),
            fix=f"The columns are {', '.join(known)}; see docs/areas.md.",
        )
    unknown = [column for column in table.columns if column not in contacts and column not in known]
    if unknown:
        notes.append(f"{path.name}: columns that are not known were passed over: {', '.join(unknown[:10])}.")
    rows = []
    for row in table.to_dict(orient="records"):
        made: dict[str, Any] = {column: row[column] for column in known if row.get(column)}
        made["contact_details"] = {column: row[column] for column in contacts if row.get(column)}
        rows.append(made)
    return rows
