"""Misfit across a police force's line, counted by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crimemap.alignment.mergers.force_lines import beyond_force_line
from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import score
from tests.alignment.mergers.made import UNITS, small

A, B, C, D = UNITS


@pytest.fixture
def planning():
    """A and B make area X; the line between two forces runs between them."""
    made = small()
    force = made.bricks["unit"].map({A: "P1", B: "P2", C: "P1", D: "P2"})
    return replace(made, bricks=made.bricks.assign(force=force))


def _rows(planning, asked):
    return {row["code"]: row for row in score(planning, parse(asked)).to_json()["after"]}


def test_people_of_the_best_match_under_another_force_are_counted_apart(planning):
    rows = _rows(planning, {"merge": [{"units": [C, D], "code": "CD", "name": "Both"}]})
    # B's 400 people are the half of X that A lacks, and they are another force's.
    assert (rows[A]["outside_group"], rows[A]["beyond_force_line"]) == (400, 400)
    assert (rows[B]["outside_group"], rows[B]["beyond_force_line"]) == (400, 400)
    # A group of both forces has no line to stop at.
    assert rows["CD"]["beyond_force_line"] == 0


def test_within_one_force_there_is_no_line(planning):
    one = replace(planning, bricks=planning.bricks.assign(force="P1"))
    assert {row["beyond_force_line"] for row in _rows(one, {"merge": [{"units": [C, D]}]}).values()} == {0}


def test_what_is_not_known_is_not_zero(planning):
    bricks = planning.bricks.assign(force=planning.bricks["force"].mask(planning.bricks["unit"] == B))
    rows = _rows(replace(planning, bricks=bricks), {"merge": [{"units": [C, D], "code": "CD", "name": "Both"}]})
    assert rows[A]["beyond_force_line"] is None
    assert rows["CD"]["beyond_force_line"] == 0


def test_it_agrees_with_a_plain_count_for_any_division():
    rng = np.random.default_rng(5)
    made = small()
    n = len(made.bricks)
    for _ in range(30):
        bricks = made.bricks.assign(force=rng.choice(["P1", "P2", "P3"], n), population=rng.integers(0, 90, n).astype(float))
        planning = replace(made, bricks=bricks)
        unit = pd.Series(rng.choice(["u", "v", "w"], n), index=bricks.index)
        best = pd.Series({"u": "X", "v": "Z", "w": None})
        found = beyond_force_line(planning, unit, best)
        for code, target in best.items():
            own = set(bricks.loc[unit == code, "force"])
            away = (bricks["target"] == target) & ~bricks["force"].isin(own)
            assert found[code] == pytest.approx(bricks.loc[away, "population"].sum())
