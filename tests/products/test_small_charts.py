"""Small multiples: one stated scale for a group, gaps that are no zeros, bars and bands where the numbers are."""

import re

from crimemap.products.facts import MonthCount
from crimemap.products.small_charts import Series, small_charts
from crimemap.products.small_charts_section import area_charts, type_charts
from tests.products.county import FORCE, MISSING, MONTHS
from tests.products.site_context import context_of, with_command_units

PLOT = 72


def series(name, values, expected=None, status="no_data"):
    months = [
        MonthCount(month=month, incidents=value, status=status if value is None else "counted")
        for month, value in zip(MONTHS, values, strict=False)
    ]
    return Series(name=name, href="", note="", months=months, expected=expected or {})


def bars(drawing, name):
    """Give the heights of the bars that a path draws."""
    found = re.search(rf'cm-small-{name}" d="([^"]*)"', drawing)
    return [] if found is None else [int(height) for height in re.findall(r"v-(\d+)", found[1])]


def test_a_bar_is_as_high_as_its_number_on_the_stated_scale():
    (group,) = small_charts([series("A", [10, 20, 40, 0] + [40] * 12)], chart_id="t")
    assert group.ceiling == 40
    drawing = str(group.charts[0][1])
    assert bars(drawing, "bar--before") == [PLOT // 4, PLOT // 2, PLOT]
    assert bars(drawing, "bar") == [PLOT] * 12


def test_series_of_one_group_share_their_scale_and_small_ones_have_their_own():
    groups = small_charts([series("Small", [3] * 24), series("Large", [900] * 24), series("Half", [500] * 24)], chart_id="t")
    assert [(one.ceiling, [chart.name for chart, _ in one.charts]) for one in groups] == [
        (1000, ["Large", "Half"]),
        (4, ["Small"]),
    ]
    assert bars(str(groups[0].charts[1][1]), "bar") == [PLOT // 2] * 12


def test_never_more_than_three_scales():
    groups = small_charts([series(str(k), [4 * 10**k] * 24) for k in range(6)], chart_id="t")
    assert len(groups) == 3
    assert sum(len(one.charts) for one in groups) == 6


def test_a_month_without_data_is_hatched_a_withheld_one_dotted_and_zero_is_neither():
    missing, hidden = series("A", [5, None, 0, 5]), series("B", [5, None, 0, 5], status="suppressed")
    (group,) = small_charts([missing, hidden], chart_id="t")
    one, other = (str(drawing) for _, drawing in group.charts)
    assert one.count('stroke="url(#t-none)"') == 1
    assert "url(#t-hidden)" not in one
    assert other.count('stroke="url(#t-hidden)"') == 1
    assert len(bars(one, "bar")) == 2
    assert "1 month has no number." in one


def test_the_smallest_number_is_still_seen():
    (group,) = small_charts([series("A", [1, 100_000] + [50_000] * 12)], chart_id="t")
    assert bars(str(group.charts[0][1]), "bar--before")[0] == 1


def test_the_band_covers_the_range_of_its_months_and_breaks_where_there_is_none():
    ranges = {MONTHS[12]: (10, 30), MONTHS[13]: (10, 40), MONTHS[15]: (20, 40)}
    (group,) = small_charts([series("A", [20] * 24, ranges)], chart_id="t")
    d = re.search(r'cm-small-band" d="([^"]*)"', str(group.charts[0][1]))[1]
    assert d == "M120 18h10v-18h10V54h-20zM150 0h10V36h-10z"


def test_a_page_has_a_chart_for_each_type_and_a_table_with_the_same_months():
    context = context_of(with_command_units(), aligned=False)
    index = context.rows[FORCE, "csp", "E22000901"]
    facts = context.facts.area(index)
    found = type_charts(context, facts)
    names = [name for table in found["tables"] for name in table["names"]]
    assert len(names) == len(facts.types)
    assert {len(table["names"]) for table in found["tables"][:-1]} <= {3}
    at = context.facts.cube.offence_types.index("Burglary")
    latest = int(context.facts.cube.incidents[index, -1, at])
    table, column = divmod(names.index("Burglary"), 3)
    rows = found["tables"][table]["rows"]
    assert rows[0]["month"] == "June 2025"
    assert rows[0]["cells"][column][0] == f"{latest:,}"
    assert [len(each["rows"]) for each in found["tables"]] == [24] * len(found["tables"])
    links = [{"name": "Unit A", "href": "a", "row": str(context.rows[FORCE, "bcu", "A"])}]
    assert area_charts(context, facts, "bcu", links * 12) is not None
    assert area_charts(context, facts, "bcu", links * 13) is None


def test_a_missing_month_is_no_data_in_the_table_of_a_page(built):
    page = (built.path / "site/areas/csp/E22000901/index.html").read_text("utf-8")
    table = page.split('class="cm-below cm-months"')[2].split("</table>")[0]
    row = re.search(r'<th scope="row">February 2025(.*?)</tr>', table, re.DOTALL)[1]
    assert MISSING == "2025-02"
    assert re.findall(r"<td>([a-z ]+)", row) == ["no data"] * 3
