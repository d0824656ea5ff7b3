"""The archive of eight forces again under other years, so that a benchmark has as many months as it needs."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace
from tests.real_data import REAL_DATA

__all__ = ["repeated"]

_YEAR = 2025


def repeated(folder: Path, years: Iterable[int], *, force: str = "") -> Workspace:
    """Make a workspace of one force, or of all eight, in which every year is the published one."""
    wanted = list(years)
    with zipfile.ZipFile(REAL_DATA / "police-uk" / f"{_YEAR}-eight-forces.zip") as archive:
        for name in archive.namelist():
            if not name.endswith(f"{force}-street.csv"):
                continue
            rows = archive.read(name)
            for year in wanted:
                path = folder / "archive" / name.replace(f"{_YEAR}-", f"{year}-")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(rows.replace(f",{_YEAR}-".encode(), f",{year}-".encode()))
    made = Workspace(folder / "workspace")
    ingest(made, [folder / "archive"])
    return made
