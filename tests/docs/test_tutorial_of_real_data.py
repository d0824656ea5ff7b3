"""The tutorial on real data: every command that it shows runs, and its figures are those that are printed."""

import re
import zipfile

import pandas as pd
import pyogrio
import pytest

from tests.docs.tutorial_runs import NUMBERS, ROOT, found, printed, require_said, rounded, run, table
from tests.real_data import REAL_DATA, needs_real_data

PAGE = "tutorial-real-data.md"

pytestmark = [
    needs_real_data,
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="docs/ is only in a checkout"),
]


@pytest.fixture(scope="module")
def nottinghamshire(tmp_path_factory):
    """Give the blocks of the tutorial on real data with what was printed: one force's archive, its boundaries and people."""
    folder = tmp_path_factory.mktemp("tutorial-real")
    boundaries = REAL_DATA / "boundaries" / "2017"
    with (
        zipfile.ZipFile(REAL_DATA / "police-uk" / "2025-eight-forces.zip") as eight,
        zipfile.ZipFile(folder / "2025-12.zip", "w") as one,
    ):
        for name in eight.namelist():
            if name.endswith("nottinghamshire-street.csv"):
                one.writestr(name, eight.read(name))
    for file, name in (
        ("lsoa11_bgc", "LSOA_2011"),
        ("pfa17_bgc_from_lsoa11", "PFA_2017"),
        ("csp17_bgc_from_lsoa11", "CSP_2017"),
    ):
        of_the_force = pyogrio.read_dataframe(boundaries / f"{file}.gpkg", where="PFA17NM = 'Nottinghamshire'")
        pyogrio.write_dataframe(of_the_force, folder / f"{name}.gpkg")
    people = pd.read_csv(boundaries / "lookup_lsoa11_lad17_csp17_pfa17_ctyua17_pop2011.csv")
    renamed = people.rename(columns={"persons2011": "persons", "households2011": "households"})
    renamed[["LSOA11CD", "persons", "households"]].to_csv(folder / "lsoa_people.csv", index=False)

    def adapted(line: str) -> str:
        # p goes by hundredths then, which is enough to tell what is below 0.05; 999 take half a minute
        return f"{line} --simulations 99" if line.endswith("--time") else line

    ran = {block.commands[-1]: (block, said) for block, said in printed(PAGE, folder, adapted)}
    return {" ".join(command.split()[1:2]): told for command, told in ran.items()}, folder / "workspace"


def test_the_hotspots_of_nottinghamshire_are_those_of_the_tutorial(nottinghamshire):
    block, (said,) = nottinghamshire[0]["hotspots"]
    selected, used = found(r"([\d,]+) incidents: ([\d,]+) used", said)
    hot, cells = found(r"([\d,]+) of ([\d,]+) cells are hot", said)
    first, second = table(said)
    wider, coarser = found(r"Of the hot cells (\d+) stay hot with neighbours of ring 2, (\d+) with cells of h3:8", said)
    assert wider == hot
    require_said(
        block,
        [
            f"Of {selected} burglaries {used} have a place inside the force's area.",
            f"{hot} of {cells} hexagons are hot, in two hotspots",
            f"({first[2]} burglaries where {first[3]} would be expected",
            f"one near {second[1]} ({second[2]} where {second[3]} would be).",
            f"All stay hot with wider neighbours, {coarser} of them with coarser hexagons.",
        ],
    )


def test_the_circles_of_nottinghamshire_are_those_of_the_tutorial(nottinghamshire):
    block, (said,) = nottinghamshire[0]["scan"]
    circles = table(said)
    assert all(float(circle[6]) <= 0.05 for circle in circles)
    require_said(
        block,
        [
            f"{NUMBERS[len(circles)]} circles hold more than their residents explain",
            f"the first with {circles[0][2]} burglaries where {rounded(circles[0][3])} would be expected.",
            f"the other {NUMBERS[len(circles) - 1]} are outside the centre",
        ],
    )


def test_the_concentration_of_nottinghamshire_is_that_of_the_tutorial(nottinghamshire):
    block, (said,) = nottinghamshire[0]["concentration"]
    held, chance = next((row[1], row[3]) for row in table(said) if row[0].startswith("busiest 5 %"))
    points, busy = found(r"([\d,]+) map points, ([\d,]+) of them with incidents", said)
    gini, low, high, by_chance = found(r"Gini ([\d.]+) \(([\d.]+) to ([\d.]+)\); chance alone gives (0\.\d+)", said)
    require_said(
        block,
        [
            f"Of {points} map points {busy} held a burglary.",
            f"The busiest 5 % of map points hold {held} of burglaries.",
            f"chance alone would put {chance} there",
            f"The generalised Gini is {gini} ({low} to {high}), where chance gives {by_chance}.",
        ],
    )


def test_the_months_of_nottinghamshire_are_those_of_the_tutorial(nottinghamshire):
    block, (scan, emerging) = nottinghamshire[0]["emerging"]
    clusters = table(scan)
    first = clusters[0]
    assert first[2] == first[3] == "2025-12"
    assert all(float(cluster[8]) <= 0.05 for cluster in clusters)
    (count,) = found(r"(\d+) of [\d,]+ cells have a pattern", emerging)
    assert "12 of 12 periods have data." in emerging, "no month was left out"
    always = [row for row in table(emerging) if len(row) > 2 and row[4] == "12"]
    require_said(
        block,
        [
            f"In space and time {NUMBERS[len(clusters)]} clusters stand out",
            f"the first is December 2025 near {first[1]}",
            f"{first[4]} burglaries where {rounded(first[5])} would be expected.",
            f"{NUMBERS[int(count)]} hexagons have a pattern over the twelve months",
            f"of which {NUMBERS[len(always)]} was hot in every month.",
            "are left out and not taken as 0.",
        ],
    )


def test_the_back_test_of_nottinghamshire_is_that_of_the_tutorial(nottinghamshire):
    block, (said,) = nottinghamshire[0]["backtest"]
    verdicts = re.findall(r"At (\d) % of the area no method beats counting the last 6 months .* \(([\d.]+) % of", said)
    (one, two, five), (a, b, c) = zip(*((share, rounded(caught)) for share, caught in verdicts), strict=True)
    require_said(
        block,
        [
            f"no method beats counting the last six months, on {one}, {two} or {five} % of the area",
            f"({a}, {b} and {c} % of burglaries)",
            "needs 13 months, from the first to the last, and says so",
        ],
    )


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("near-repeat", "only the month is known"),
        ("profiles", "only the month is known"),
        ("backtest --training 12", "13 from the first to the last are the least"),
    ],
)
def test_what_the_tutorial_calls_refused_is_refused(nottinghamshire, command, reason):
    _, workspace = nottinghamshire
    said = run(f"crimemap {command} --force nottinghamshire --offence burglary --workspace {workspace}", status=1)
    assert reason in said
