"""A county whose force has records of its own, made so that what a briefing should find in them is known."""

import csv
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.random import default_rng
from typer.testing import CliRunner

from crimemap.areas.store import AreaStore
from crimemap.cli import app as cli
from crimemap.jobs.briefings.briefing import brief
from crimemap.jobs.briefings.period import read_briefing_period
from crimemap.jobs.team_area import TeamArea, found_area
from crimemap.workspace import Workspace

DESCRIBED = """
name = "own"
kind = "confidential"
force = "{force}"
crs = "EPSG:27700"
[columns]
id = "ref"
offence_type = "type"
occurred_from = "from"
easting = "x"
northing = "y"
location = "where"
"""
BURGLARY, DAMAGE = "Burglary", "Criminal damage and arson"


at = datetime.fromisoformat


class County:
    """A workspace of its own that a force's records can be loaded into, and one area to be briefed about."""

    def __init__(self, demo_workspace: Path, root: Path) -> None:
        for name in ("incidents", "places", "areas", "neighbourhoods"):
            shutil.copytree(demo_workspace / name, root / name)
        self.workspace, self.folder = Workspace(root), root.parent
        store = AreaStore(self.workspace)
        (info,) = [info for info in store.sets() if info.area_type == "neighbourhood"]
        self.force = str(info.force)
        frame = store.read(info.set_id).frame
        self.code = str(frame.index[3])
        self.shape = frame.geometry.loc[self.code]
        self.outline = shapely.union_all(frame.geometry.to_numpy())
        self.middle = shapely.point_on_surface(self.shape)
        self.elsewhere = shapely.point_on_surface(frame.geometry.iloc[10])
        self.elsewhere_code = str(frame.index[10])

    @property
    def area(self) -> TeamArea:
        return found_area(self.workspace, force=self.force, area_type="neighbourhood", area_code=self.code)

    def load(self, rows: Sequence[tuple[str, datetime, float, float]], name: str = "own") -> None:
        (self.folder / "own.toml").write_text(DESCRIBED.format(force=self.force))
        path = self.folder / f"{name}.csv"
        with path.open("w", newline="") as file:
            told = [
                (f"{name}{k}", kind, when.strftime("%Y-%m-%d %H:%M"), f"{x:.1f}", f"{y:.1f}", f"House {k}")
                for k, (kind, when, x, y) in enumerate(rows)
            ]
            csv.writer(file).writerows([("ref", "type", "from", "x", "y", "where"), *told])
        options = ["ingest", str(path), "--source", str(self.folder / "own.toml"), "--workspace", str(self.workspace.root)]
        done = CliRunner().invoke(cli, options)
        assert done.exit_code == 0, done.output

    def brief(self, first: str | None = None, last: str | None = None, shift: str | None = None) -> dict[str, Any]:
        return brief(self.workspace, self.area, read_briefing_period(first, last, shift)).to_json()


def two_years(county: County) -> list[tuple[str, datetime, float, float]]:
    """
    Spread burglary and damage over the county for two years, independent but that each burglary is followed by another,
    60 m away and three days later. Damage rises from half a week in the area to four, in the last twelve weeks.
    """
    rng = default_rng(5)
    west, south, east, north = (int(one) for one in shapely.bounds(county.outline))
    start = at("2024-01-01")
    rows: list[tuple[str, datetime, float, float]] = []
    while len(rows) < 1800:
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        if not shapely.contains_xy(county.outline, x, y):
            continue
        when = start + timedelta(days=float(rng.uniform(0, 728)))
        rows.append((BURGLARY, when, x, y))
        turn = float(rng.uniform(0, 2 * np.pi))
        rows.append((BURGLARY, when + timedelta(days=3), x + 60 * np.cos(turn), y + 60 * np.sin(turn)))
    for k in range(900):
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        rows.append((DAMAGE, start + timedelta(days=k * 730 / 900), x, y))
    middle = county.middle
    for week in range(12):
        for k in range(4):
            when = at("2025-10-08 12:00") + timedelta(weeks=week, days=k)
            rows.append((DAMAGE, when, middle.x + 400 * k, middle.y))
    return rows


def made_county(demo_workspace: Path, root: Path, *, last_day: str = "2025-12-30") -> County:
    """Give a county whose records end on a day, with a burglary in the middle of the area on 20 December 2025."""
    made = County(demo_workspace, root)
    last = [
        (BURGLARY, at("2025-12-20 03:00"), made.middle.x, made.middle.y),
        (BURGLARY, at(f"{last_day} 23:00"), made.elsewhere.x, made.elsewhere.y),
    ]
    made.load([*(row for row in two_years(made) if row[1] < at("2025-12-19")), *last])
    return made
