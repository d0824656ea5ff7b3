"""A small workspace of a force's own records: burglaries with times, some followed by another nearby and soon."""

from pathlib import Path

import numpy as np
import pandas as pd

from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace
from tests.areas.made import EAST, NORTH, squares, write
from tests.jobs.made import WEST_FORCE

SOURCE = f"""
name = "own-records"
kind = "confidential"
force = "{WEST_FORCE}"

[columns]
id = "ref"
offence_type = "offence"
occurred_from = "from"
occurred_to = "to"
easting = "x"
northing = "y"
"""
N, FOLLOWED = 120, 40
#: Beside them: one burglary known only to within 20 days, and one without a position.
LEFT_OUT = 2


def rows() -> pd.DataFrame:
    """Burglaries about 02:00 over six months; the last FOLLOWED follow the first, 3 days later and 30 m away."""
    rng = np.random.default_rng(1)
    day = rng.integers(0, 170, N).astype(float)
    x, y = EAST + rng.uniform(0, 3000, N), NORTH + rng.uniform(0, 2000, N)
    day = np.concatenate([day, day[:FOLLOWED] + 3])
    x, y = np.concatenate([x, x[:FOLLOWED] + 30]), np.concatenate([y, y[:FOLLOWED]])
    hour = rng.normal(2, 1.5, day.size) / 24
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(day + 1 + hour, unit="D")
    length = pd.to_timedelta(np.where(np.arange(day.size) % 4 == 0, 0, rng.uniform(1, 8, day.size)), unit="h")
    table = pd.DataFrame(
        {
            "ref": [f"B{k:04d}" for k in range(day.size)],
            "offence": "Burglary",
            "from": start.floor("min"),
            "to": (start + length).floor("min"),
            "x": x.round(1),
            "y": y.round(1),
        }
    )
    odd = table.iloc[:LEFT_OUT].copy()
    odd["ref"] = ["LONG", "NOWHERE"]
    odd.loc[0, "to"] = odd.loc[0, "from"] + pd.Timedelta(days=20)
    odd.loc[1, ["x", "y"]] = np.nan
    return pd.concat([table, odd], ignore_index=True)


def build_records(folder: Path, table: pd.DataFrame | None = None) -> Workspace:
    """Make the workspace: the records, and twelve CSPs of a kilometre."""
    workspace = Workspace(folder / "records")
    (folder / "source.toml").write_text(SOURCE)
    (rows() if table is None else table).to_csv(folder / "own.csv", index=False)
    ingest(workspace, [folder / "own.csv"], source=folder / "source.toml")
    add_areas(workspace, write(squares(6, 2), folder / "csp-of-records.gpkg"), area_type="csp", vintage="2017")
    return workspace
