"""What the planner is told in Welsh: the same as in English, but for the sentences."""

import re
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from crimemap.alignment import mergers
from crimemap.alignment.cautions import cautions
from crimemap.alignment.mergers.law import review
from crimemap.alignment.mergers.options import ScoreOptions, SearchOptions
from crimemap.alignment.mergers.rules import ROLES
from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import score
from crimemap.alignment.mergers.search_document import wording
from crimemap.alignment.mergers.searched import plan_search
from crimemap.alignment.mergers.watch import STAGES, Progress
from crimemap.alignment.overlap import overlap
from crimemap.language import WELSH, gettext, speaking
from tests.alignment.mergers.made import TARGETS, UNITS, boxes, grid_of_bricks, small
from tests.alignment.mergers.test_law import AREAS
from tests.in_two_languages import worded_alike

A, B, C, D = sorted(UNITS)
SAVINGS = {
    "running_cost": [80_000, 120_000],
    "share_saved": [0.3, 0.5],
    "transition": [10_000, 20_000],
    "disaggregation": [0, 50_000],
    "years": 5,
    "source": "Cabinet papers",
}


def in_welsh(say):
    with speaking(WELSH):
        return say()


@pytest.fixture(scope="module")
def planning():
    """Lines cut small areas, some people have no target, some live in no unit, and one unit's people are not known."""
    units = boxes({**UNITS, A: (0, 0, 2.5, 1.5), B: (2.5, 0, 4, 2)})
    bricks = grid_of_bricks(8, 2)
    targets = boxes({code: box for code, box in TARGETS.items() if code != "W"})
    return small(units=units, targets=targets, bricks=bricks[bricks.geometry.centroid.x < 406_000])


@pytest.mark.parametrize(
    "steps",
    [
        {},
        {"merge": [{"units": [A, B], "name": "North"}]},
        {"merge": [{"units": [A, C], "name": "Apart"}]},
        {"merge": [{"units": [B, C, D], "name": "Of two forces"}]},
        {"split": [{"unit": C, "into": [{"code": "N1", "name": "New", "districts": ["E06000003"]}]}]},
    ],
)
def test_a_score_in_welsh_differs_in_its_sentences_alone(planning, steps):
    found = score(planning, parse(steps, may_be_empty=True), options=ScoreOptions.from_mapping({"savings": SAVINGS}))
    assert worded_alike(found.to_json(), in_welsh(found.to_json)) > 14, "the rules, the notes, how sure it is, what is saved"


@pytest.mark.parametrize("objective", ["misfit", "not_coterminous"])
@pytest.mark.parametrize("nesting", [True, False])
def test_a_search_in_welsh_differs_in_its_sentences_alone(planning, objective, nesting):
    options = {"objective": objective, "accept_nesting": nesting, "within_force": False, "front": True, "savings": SAVINGS}
    found = plan_search(planning, options=SearchOptions.from_mapping(options))
    assert found.left_out
    english, welsh = found.to_json(), in_welsh(found.to_json)
    assert worded_alike(english, welsh) > 16
    assert welsh["left_out"][0]["why"] == "nid yw nifer ei phobl yn hysbys"
    assert in_welsh(lambda: wording(found)) == {name: welsh[name] for name in wording(found)}


def test_a_search_that_was_stopped_says_so_in_welsh(planning):
    stopped = plan_search(planning, options=SearchOptions(within_force=False), cancelled=lambda: True)
    assert "it was called off" in stopped.says
    assert in_welsh(lambda: stopped.says).startswith("Mae gadael pob un o'r 3 (partneriaethau) fel y maent yn gadael")
    late = plan_search(planning, options=SearchOptions(within_force=False, time_limit_s=1e-9))
    assert "the time was up" in late.says
    assert "pan ddaeth yr amser i ben" in in_welsh(lambda: late.says)


@pytest.mark.parametrize(
    "codes",
    [
        ["E07000171", "E07000175"],
        ["E07000171", "E08000018"],
        ["W06000015", "W06000014"],
        ["E06000018", "W06000015"],
    ],
)
def test_the_law_is_told_in_welsh(codes):
    def look():
        return review(codes, AREAS, contiguous=False, in_part=codes[:1])

    english, welsh = look(), in_welsh(look)
    assert [flag.flag for flag in english.flags] == [flag.flag for flag in welsh.flags]
    assert [one for one in english.notes if one in welsh.notes] == []
    assert [(one.role, one.rule) for one in english.parties] == [(one.role, one.rule) for one in welsh.parties]


def test_every_role_has_its_words(planning):
    roles = {party.role for codes in (["E07000171", "E08000018"], ["W06000015"]) for party in review(codes, AREAS).parties}
    assert roles == set(ROLES)
    assert in_welsh(lambda: gettext("Local Health Board")) == "Bwrdd Iechyd Lleol"


def test_cautions_are_told_in_welsh():
    a = gpd.GeoDataFrame(
        {"population": [10.0, 0.0]},
        index=["A", "B"],
        geometry=shapely.box([0, 1000], 0, [1000, 2000], 1000),
        crs=27700,
    )
    b = gpd.GeoDataFrame(
        index=["X", "Y"], geometry=[shapely.box(0, 0, 600, 1000), shapely.box(500, 0, 1000.6, 1000)], crs=27700
    )
    found = overlap(a, b, bricks=a, brick_measures=("population",))

    def tell():
        return cautions(found, source="csp", target="bcu")

    english, welsh = tell(), in_welsh(tell)
    assert len(english) == len(welsh)
    assert {next(word for word in ("uncovered", "overlap", "have no", "slivers") if word in one) for one in english} >= {
        "uncovered",
        "overlap",
        "have no",
    }
    assert [one for one in english if one in welsh] == []


def test_every_stage_that_a_search_reports_can_be_said():
    sources = Path(mergers.__file__).parent.glob("*.py")
    reported = {stage for file in sources for stage in re.findall(r'going_on\("([^"]+)"', file.read_text("utf-8"))}
    assert reported == set(STAGES)
    for stage in STAGES:
        for found in (0, 1200):
            now = Progress(stage=stage, done=0, of=2, found=found).sentence()
            assert in_welsh(lambda now=now: str(now)) != str(now)
            assert ("1,200" in str(now)) == bool(found)
