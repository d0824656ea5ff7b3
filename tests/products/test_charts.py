import re

import pytest

from crimemap.periods import months_between
from crimemap.products.charts import monthly_chart
from crimemap.products.facts import MonthCount


def chart(values):
    months = months_between("2024-01", "2027-01")
    points = [
        MonthCount(month=month, incidents=value, status="no_data" if value is None else "counted")
        for month, value in zip(months, values, strict=False)
    ]
    return str(monthly_chart(points, chart_id="c", title="t"))


@pytest.mark.parametrize("most", [3, 900, 18_000, 140_000])
def test_the_longest_number_of_the_axis_is_inside_the_picture(most):
    for x, size, text in re.findall(
        r'<text x="([\d.]+)" y="[\d.]+" text-anchor="end" font-size="(\d+)">([\d,]+)<', chart([most] * 12)
    ):
        assert float(x) >= 0.6 * int(size) * len(text)


def test_the_key_names_earlier_months_only_where_they_have_bars():
    assert ">earlier<" in chart([5] * 24)
    assert ">earlier<" not in chart([5] * 12)
    assert ">earlier<" not in chart([None] * 12 + [5] * 12)
