"""Areas beside those like them: what pages and files say of it, why some say nothing, and that nothing hidden shows."""

import csv
import html
import json
import re
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest

from crimemap.analysis.over_time.change import one_family
from crimemap.periods import Period, month_after, months_between
from crimemap.products import facts as facts_module
from crimemap.products.builder import build_release
from crimemap.products.comparison import HOUSEHOLDS, PEOPLE, compare_areas
from crimemap.products.cube import COUNTED, SUPPRESSED, build_cube
from crimemap.products.database import fill, prepare, publish_rows
from crimemap.products.facts import gather_facts
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.month_changes import find_month_changes
from crimemap.products.verdict_record import record_verdicts, record_words
from tests.products.county import FORCE, county, coverage, incidents


def gathered(inputs):
    """Give the facts of a release without writing one."""
    with duckdb.connect() as db:
        prepare(db, inputs)
        cube = build_cube(db, inputs, threshold=5)
        publish_rows(db, inputs, cube)
        fill(db, inputs, cube, meta={})
        return gather_facts(db, inputs, cube)


@pytest.fixture(scope="module")
def open_facts():
    made = county()
    whole = replace(made, coverage=made.coverage.assign(status="loaded", kind="open", source="police.uk"))
    return gathered(whole), whole


@pytest.fixture(scope="module")
def hidden_facts():
    made = county("confidential")
    return gathered(made), made


def page(built, area):
    return (built.path / f"site/forces/{FORCE}/neighbourhoods/{area}/index.html").read_text("utf-8")


def words(text):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def test_rates_are_incidents_for_every_thousand_people(open_facts):
    facts, inputs = open_facts
    found = compare_areas(facts, inputs)
    row = int(inputs.areas.index[inputs.areas["area_code"] == "N01"][0])
    year = facts.cube.incidents[row, -12:, -1].sum()
    assert found.rate[row, -1] == pytest.approx(1000 * year / 8_000)
    assert found.low[row, -1] < found.rate[row, -1] < found.high[row, -1]
    assert set(found.base) == {PEOPLE}


def test_a_year_with_a_missing_month_has_no_rate(hidden_facts):
    facts, inputs = hidden_facts
    found = compare_areas(facts, inputs)
    assert np.isnan(found.rate).all(), "February 2025 has no data"
    assert not found.whole.any()


def test_burglary_is_by_households_where_all_are_known_and_by_people_otherwise(open_facts):
    facts, inputs = open_facts
    areas = inputs.areas.copy()
    areas["households"] = (areas["population"] // 2).astype("Int64")
    by_home = compare_areas(facts, replace(inputs, areas=areas))
    at = facts.cube.offence_types.index("Burglary")
    assert by_home.base[at] == HOUSEHOLDS
    assert by_home.rate[12, at] == pytest.approx(2 * compare_areas(facts, inputs).rate[12, at], rel=1e-3)
    areas.loc[areas["area_code"] == "N05", "households"] = pd.NA
    assert set(compare_areas(facts, replace(inputs, areas=areas)).base) == {PEOPLE}


def test_the_neighbourhood_whose_shoplifting_stands_out_is_said_to_have_more(open_facts):
    facts, inputs = open_facts
    found = compare_areas(facts, inputs)
    one = found.by_type["neighbourhood"]
    at = facts.cube.offence_types.index("Shoplifting")
    busy = int(np.nanargmax(found.rate[one.rows, at]))
    assert one.similar.k == 5
    assert one.against.rank_low[busy, at] == 1
    assert found.rate[one.rows[busy], at] > 1000 * one.against.high[busy, at]


@pytest.fixture(scope="module")
def without_people(tmp_path_factory):
    made = county()
    areas = made.areas.copy()
    areas.loc[areas["area_code"] == "N02", "population"] = 0
    areas.loc[areas["area_code"] == "N03", "population"] = pd.NA
    whole = made.coverage.assign(status="loaded", kind="open", source="police.uk")
    return build_release(replace(made, areas=areas, coverage=whole), ReleaseOptions(), tmp_path_factory.mktemp("people"))


def test_an_area_without_people_says_why_it_is_not_compared(without_people):
    assert "Nobody lives in this area" in words(page(without_people, "N02"))
    assert "We do not know how many people live here" in words(page(without_people, "N03"))
    said = words(page(without_people, "N01"))
    assert "Similar areas are the 4 of the 10 in this release" in said
    assert "Llanfair" not in said.split("The similar areas as a table")[1].split("Put areas side by side")[0]


def test_a_page_shows_rates_ranges_ranks_and_a_chart_with_its_table(without_people):
    text = page(without_people, "N01")
    said = words(text)
    assert re.search(r"rank \d+( to \d+)? of 5", said)
    assert "whole force:" in said
    section = text[text.index('id="similar"') :]
    assert section.count('class="cm-peer-dot"') == 2 * 5 + 2, "each of five areas twice, and the key"
    assert section.count("<title") == section.count("<desc") == 2
    assert "<b>St Mary" not in section
    assert len(text.encode()) < 150_000


def test_too_few_areas_are_not_compared(built):
    partnership = (built.path / "site/areas/csp/E22000901/index.html").read_text("utf-8")
    assert "We do not know how many people live here" in words(partnership)


def test_every_number_of_a_compare_file_is_a_published_one(confidential):
    with duckdb.connect(confidential.path / "release.duckdb", read_only=True) as db:
        counts = db.execute("SELECT * FROM counts").df()
    held = counts.set_index(["area_type", "area_code", "month", "offence_type"])
    files = list((confidential.path / "site/data").rglob("compare.json"))
    assert len(files) == len(counts[["area_type", "area_code"]].drop_duplicates())
    hidden = 0
    for file in files:
        one = json.loads(file.read_text("utf-8"))
        for kind in one["types"]:
            rows = held.loc[[(one["type"], one["code"], month, kind["name"]) for month in one["months"]]]
            assert kind["series"] == [
                None if status != "counted" else n for n, status in zip(rows["incidents"], rows["status"], strict=True)
            ]
            assert kind["not_shown"] == [
                m for m, status in zip(one["months"], rows["status"], strict=True) if status == "suppressed"
            ]
            hidden += len(kind["not_shown"])
            shown = [n or 0 for n in kind["series"]]
            assert kind["now"]["incidents"] == sum(shown[-12:])
            assert kind["before"]["incidents"] == sum(shown[-24:-12])
            both = [(a, b) for a, b in zip(kind["series"][-12:], kind["series"][-24:-12], strict=True) if None not in {a, b}]
            assert (kind["compared"]["now"], kind["compared"]["before"]) == (
                sum(a for a, _ in both),
                sum(b for _, b in both),
            )
            assert kind["rate"] is None, "a month of the year is missing"
    assert hidden > 0


def test_hidden_numbers_change_nothing_that_is_said(hidden_facts):
    """Whatever the attacker supposes of the hidden counts, every rate, verdict, list and range is the same."""
    facts, inputs = hidden_facts
    assert (facts.cube.status == SUPPRESSED).sum() > 100
    assert (facts.cube.incidents[facts.cube.status != COUNTED] == 0).all()
    rng = np.random.default_rng(1)
    supposed = facts.cube.incidents.copy()
    secret = facts.cube.status == SUPPRESSED
    supposed[secret] = rng.integers(1, 5, secret.sum())
    other_cube = replace(facts.cube, incidents=supposed)
    changes = [facts_module._changes(other_cube, facts.rows_of_force[f], p) for f, p in facts.periods.items()]
    other = replace(facts, cube=other_cube, changes=dict(zip(facts.periods, one_family(changes), strict=True)))
    ours, theirs = compare_areas(facts, inputs), compare_areas(other, inputs)
    for kind, one in ours.by_type.items():
        its = theirs.by_type[kind]
        assert (one.similar.neighbours == its.similar.neighbours).all()
        assert (one.against.verdict == its.against.verdict).all()
        assert np.array_equal(one.of_force, its.of_force, equal_nan=True)
    assert np.array_equal(ours.rate, theirs.rate, equal_nan=True)
    assert find_month_changes(facts) == find_month_changes(other)
    assert record_verdicts(facts) == record_verdicts(other)


def test_no_series_with_a_hidden_number_gets_a_range(hidden_facts):
    """Withheld months are small ones: a range made without them would say how small."""
    facts, _ = hidden_facts
    found = find_month_changes(facts)[FORCE]
    withheld = (facts.cube.status == SUPPRESSED).any(axis=1)
    assert found.tested <= int((~withheld).sum())
    assert not any(withheld[one.row, one.kind] for one in found.found)


def test_the_changes_of_a_force_are_those_of_its_areas(built):
    text = words((built.path / f"site/forces/{FORCE}/changes/index.html").read_text("utf-8"))
    file = built.path / f"site/data/forces/{FORCE}/changes.csv"
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    years = [row for row in rows if row["compared"] == "latest year"]
    assert years, "shoplifting quadrupled at one place"
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as db:
        counts = db.execute("SELECT * FROM counts WHERE status = 'counted' AND month >= '2024-07'").df()
    for row in years:
        own = counts[(counts["area_type"] == row["area_type"]) & (counts["area_code"] == row["area_code"])]
        own = own[own["offence_type"] == row["offence_type"]]
        assert int(row["incidents"]) == own["incidents"].sum()
    assert f"{len(years)} numbers of the year changed by more than chance would explain" in text
    assert all(row["area_type"] != "pfa" for row in rows)
    assert (
        "<b>St Mary" not in (built.path / f"site/forces/{FORCE}/changes/index.html").read_text("utf-8").split("</head>")[1]
    )


def test_a_doubled_month_is_found_and_an_ordinary_one_is_not():
    made = county()
    # Thirty-six months with the present pattern, so that there is enough to expect something from.
    months = months_between(month_after("2025-06", -35), "2025-07")
    rng = np.random.default_rng(3)
    rows = incidents(rng, made.places, "open", months)
    burst = rows[(rows["month"] == "2025-06") & (rows["offence_type"] == "Burglary") & rows["place_id"].between(61, 80)]
    more = pd.concat([rows, *[burst] * 9], ignore_index=True)
    more["id"] = np.arange(1, len(more) + 1)
    more["persistent_id"] = ""
    calm, wild = (
        find_month_changes(
            gathered(replace(made, first_month=months[0], incidents=one, coverage=coverage(one, "open", months)))
        )[FORCE]
        for one in (rows, more)
    )
    assert calm.tested > 50
    assert len(calm.found) <= 2
    assert any(one.above for one in wild.found)
    assert len(wild.found) > len(calm.found)


def test_the_about_page_says_this_releases_own_record(built, open_facts):
    text = words((built.path / "site/about/index.html").read_text("utf-8"))
    facts, _ = open_facts
    assert "There is too little history to test 12 months" in text
    assert re.search(r"Of \d+ said to have no clear change, \d+ had none afterwards either", text)
    short = replace(facts, periods={FORCE: replace_period(facts.periods[FORCE])})
    assert (
        "cannot be told yet: that takes 24 months of data, and this release has 12"
        in record_words(record_verdicts(short))[0]
    )


def replace_period(period):
    return Period(month_after(period.start, -12), month_after(period.end, -12))


def test_a_county_without_a_history_says_so():
    made = county()
    months = ["2025-06"]
    rows = made.incidents[made.incidents["month"] == "2025-06"]
    facts = gathered(replace(made, first_month="2025-06", incidents=rows, coverage=coverage(rows, "open", months)))
    assert find_month_changes(facts)[FORCE].tested == 0
    assert record_verdicts(facts).held is None
