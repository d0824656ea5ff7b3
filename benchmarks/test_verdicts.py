"""
The wording of pages on real years: how often verdicts held up, how often chance alone made one, and how often ranges held.

Areas of about 7,500 people (2021 and 2011 middle-layer areas, read from the LSOA's name) and whole forces, by offence type.
Where an archive has one year only, its months are paired with their neighbours (February with January, April with March):
between them nothing changes in six months together, so what is claimed is claimed falsely, with the months' own variation.
`python -m pytest benchmarks/test_verdicts.py -s` prints what docs/changes.md states.
"""

import io
import zipfile

import numpy as np
import pandas as pd
import pyarrow.csv
import pytest

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, compare_years
from crimemap.analysis.over_time.verdict_backtest import (
    claims_without_change,
    ranges_that_held,
    verdicts_of_halves,
    verdicts_that_held,
)
from crimemap.periods import month_after, months_between
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [needs_real_data, pytest.mark.real_data]
_COLUMNS = ("Month", "LSOA name", "Crime type")


def _counted(archive, *, force=None):
    """Count incidents by area and type (and all types), a column for each month; a month without a file is a gap."""
    parts, files = [], set()
    with zipfile.ZipFile(REAL_DATA / "police-uk" / archive) as opened:
        for name in opened.namelist():
            slug = name.rsplit("/", 1)[-1][8:].removesuffix("-street.csv")
            if not name.endswith("-street.csv") or (force and slug != force):
                continue
            wanted = pyarrow.csv.ConvertOptions(include_columns=list(_COLUMNS))
            rows = pyarrow.csv.read_csv(io.BytesIO(opened.read(name)), convert_options=wanted).to_pandas()
            files.add((slug, name.rsplit("/", 1)[-1][:7]))
            parts.append(rows.assign(force=slug))
    rows = pd.concat(parts)
    rows["area"] = rows["LSOA name"].fillna("").str.slice(0, -1)
    placed = rows[rows["area"] != ""]
    series = [
        _wide(placed, ["force", "area", "Crime type"]),
        _wide(placed, ["force", "area"]),
        _wide(rows, ["force", "Crime type"]),
    ]
    months = months_between(min(m for _, m in files), month_after(max(m for _, m in files)))
    table = pd.concat([one.reindex(columns=months, fill_value=0) for one in series])
    known = np.array([[(slug, month) in files for month in months] for slug in table.index])
    return table.to_numpy(dtype=np.int64), known


def _wide(rows, keys):
    counts = rows.groupby([*keys, "Month"]).size().unstack(fill_value=0)  # noqa: PD010 - one value a cell
    return counts.set_axis(counts.index.get_level_values("force"), axis=0)


def _share(part, whole):
    return f"{part:,} of {whole:,} ({100 * part / whole:.1f} %)" if whole else "none"


def _say(title, lines):
    print(f"\n{title}")
    for line in lines:
        print(f"  {line}")


def _told(found):
    verdicts = [int((found.verdict == kind).sum()) for kind in (MORE, LESS, NO_CLEAR_CHANGE)]
    return f"more {verdicts[0]:,}, fewer {verdicts[1]:,}, no clear change {verdicts[2]:,} of {len(found.verdict):,} series"


def _side_by_side(title, now, before, usable):
    found = compare_years(now, before, usable)
    halves = verdicts_of_halves(now, before, usable, rng=np.random.default_rng(1), rounds=20)
    none = claims_without_change(now, before, usable, rng=np.random.default_rng(2), rounds=50)
    bold = halves.more + halves.less
    _say(
        title,
        [
            _told(found),
            f"halves: the other half agreed in {_share(halves.more_borne_out + halves.less_borne_out, bold)}",
            f"pairs swapped: claims {_share(none.claims, none.tested)}",
            f"  rounds with a claim {none.rounds_with_claims} of {none.rounds}",
        ],
    )
    assert halves.more_borne_out + halves.less_borne_out >= 0.95 * bold
    assert none.claims <= 0.005 * none.tested
    return found


def test_northumbria_year_on_year():
    """May to December of 2021 and of 2020: lockdowns came and went between them, so much did change."""
    values, known = _counted("northumbria-2020-05-to-2021-12.zip")
    found = _side_by_side(
        "Northumbria, May to December 2021 and 2020", values[:, 12:20], values[:, :8], known[:, 12:20] & known[:, :8]
    )
    assert np.isin(found.verdict, [MORE, LESS]).sum() > 50


def test_eight_forces_neighbouring_months():
    """Odd and even months of one year: a change between them is nobody's, so every claim is a false one."""
    values, known = _counted("2025-eight-forces.zip")
    now, before = values[:, 1::2], values[:, 0::2]
    usable = known[:, 1::2] & known[:, 0::2]
    found = _side_by_side("Eight forces 2025, each month and the one before", now, before, usable)
    claims, tested = int(np.isin(found.verdict, [MORE, LESS]).sum()), int((found.verdict > 0).sum())
    _say("  of them", [f"false claims {_share(claims, tested)}"])
    assert claims <= 0.001 * tested


def test_city_of_london_over_five_years():
    """The one force with years enough to see what came of verdicts, and of ranges: 2016 to 2020."""
    parts = [_city(name) for name in ("city-of-london-2016-to-2017.zip", "city-of-london-2018-to-2020.zip")]
    keys = sorted(set(parts[0].index) | set(parts[1].index))
    table = pd.concat([one.reindex(keys, fill_value=0) for one in parts], axis=1)
    months = months_between("2016-01", "2021-01")
    known = np.tile([month in table.columns for month in months], (len(keys), 1))
    values = table.reindex(columns=months, fill_value=0).to_numpy(dtype=np.int64)
    print(f"\nCity of London: {len(keys)} series, {int(known[0].sum())} of {len(months)} months")
    for window in (12, 6):
        found = verdicts_that_held(values, known, window=window)
        _say(
            f"windows of {window} months, {found.verdicts} verdicts on each series",
            [
                f"more: {_share(found.more_held, found.more)} held",
                f"fewer: {_share(found.less_held, found.less)} held",
                f"no clear change: {_share(found.same_held, found.same)} held; {_share(found.same_above, found.same)} above",
            ],
        )
    for end in (36, 48, 60):
        found = ranges_that_held(values[:, end - 36 : end], known[:, end - 36 : end])
        months_in = _share(found.months_inside, found.months)
        _say(
            f"ranges for the year to {months[end - 1]}",
            [f"{_share(found.series_inside, found.series)} wholly inside; months {months_in}"],
        )
    ordinary = ranges_that_held(values[:, 12:48], known[:, 12:48])
    assert ordinary.months_inside >= 0.9 * ordinary.months


def _city(archive):
    parts = []
    with zipfile.ZipFile(REAL_DATA / "police-uk" / archive) as opened:
        for name in opened.namelist():
            if name.endswith("city-of-london-street.csv"):
                wanted = pyarrow.csv.ConvertOptions(include_columns=list(_COLUMNS))
                parts.append(pyarrow.csv.read_csv(io.BytesIO(opened.read(name)), convert_options=wanted).to_pandas())
    rows = pd.concat(parts)
    placed = rows[rows["LSOA name"].fillna("") != ""]
    return pd.concat(
        [
            _flat(placed, ["LSOA name", "Crime type"]),
            _flat(placed, ["LSOA name"]),
            _flat(rows, ["Crime type"]),
        ]
    )


def _flat(rows, keys):
    counts = rows.groupby([*keys, "Month"]).size().unstack(fill_value=0)  # noqa: PD010 - one value a cell
    return counts.set_axis(
        ["/".join([str(len(keys)), *([one] if isinstance(one, str) else one)]) for one in counts.index], axis=0
    )
