import re

from crimemap.periods import months_between
from crimemap.products.charts import monthly_chart
from crimemap.products.expected import expected_months
from crimemap.products.facts import MonthCount


def series(values, hidden=()):
    months = months_between("2023-01", "2026-01")
    return [
        MonthCount(
            month=month,
            incidents=None if i in hidden else value,
            status="suppressed" if i in hidden else "no_data" if value is None else "counted",
        )
        for i, (month, value) in enumerate(zip(months, values, strict=False))
    ]


def test_months_outside_their_range_are_named():
    values = [40] * 36
    values[26], values[30], values[33] = 90, 95, 0
    found = expected_months(series(values))
    assert found.sentences == ["More than expected in March 2025 and July 2025.", "Fewer than expected in October 2025."]


def test_nothing_outside_is_said_too():
    assert expected_months(series([40] * 36)).sentences == ["All of the latest 12 months had about as many as expected."]


def test_a_month_without_data_has_no_range_and_is_not_below_one():
    values = [40] * 36
    values[30] = None
    found = expected_months(series(values))
    assert "2025-07" not in found.ranges
    assert len(found.ranges) == 11
    assert found.sentences == ["All of the latest months that we have had about as many as expected."]


def test_too_few_months_and_too_few_incidents_are_said():
    short = expected_months(series([40] * 24))
    assert short.ranges == {}
    assert short.sentences[0].endswith("That takes 18 months before the latest 12, and there are 12 months.")
    assert "there were 24" in expected_months(series([1] * 36)).sentences[0]


def test_withheld_earlier_months_give_no_range():
    """They are the small ones: a range from the others would be too high."""
    found = expected_months(series([40] * 36, hidden={5}))
    assert found.ranges == {}
    assert "not shown" in found.sentences[0]


def test_a_withheld_latest_month_has_no_range():
    found = expected_months(series([40] * 36, hidden={30}))
    assert "2025-07" not in found.ranges
    assert len(found.ranges) == 11


def test_the_chart_has_a_band_for_each_range_and_its_axis_reaches_over_it():
    points = series([40] * 36)
    found = expected_months(points)
    drawn = str(monthly_chart(points, chart_id="c", title="t", expected=found.ranges))
    wide = drawn[: drawn.index("</svg>")]
    heights = [float(y) for y in re.findall(r'class="cm-band" x="[\d.]+" y="([\d.-]+)"', wide)]
    assert len(heights) == 12
    assert min(heights) >= 12, "no band leaves the plot"
    assert "No months are outside the range expected." in drawn
    assert "expected if nothing had changed" in drawn


def test_the_chart_says_how_many_months_are_outside():
    values = [40] * 36
    values[30] = 95
    points = series(values)
    drawn = str(monthly_chart(points, chart_id="c", title="t", expected=expected_months(points).ranges))
    assert "1 month is outside the range expected." in drawn
    assert "cm-band" not in str(monthly_chart(points, chart_id="c", title="t"))
