import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from crimemap.analysis.counts import fill_counts, over_months, poisson_interval, rates
from crimemap.errors import InputError, ParameterError


def _counts(*rows: tuple[str, str, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["area_code", "month", "incidents"])
    return table.assign(offence_type="All")


def _coverage(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_code", "month"])


def _filled() -> pd.DataFrame:
    return fill_counts(
        _counts(("A", "2024-01", 4), ("A", "2024-03", 1), ("B", "2024-01", 2)),
        _coverage(("A", "2024-01"), ("A", "2024-02"), ("A", "2024-03"), ("B", "2024-01")),
        areas=["B", "A", "C"],
        months=["2024-01", "2024-02", "2024-03"],
    )


def test_a_missing_month_is_no_data_not_zero():
    table = _filled().set_index(["area_code", "month"])
    assert table.loc[("A", "2024-02")].tolist() == ["All", 0, "counted"]
    assert table.loc[("B", "2024-02"), "status"] == "no_data"
    assert table.loc[("B", "2024-02"), "incidents"] is pd.NA
    assert (table.loc["C", "status"] == "no_data").all()


def test_rows_come_in_the_order_asked_for_and_none_is_missing():
    table = _filled()
    assert table["area_code"].tolist() == ["B"] * 3 + ["A"] * 3 + ["C"] * 3
    assert table["incidents"].dtype == "Int64"


def test_a_count_outside_the_coverage_is_not_shown_as_a_whole_one():
    table = fill_counts(_counts(("A", "2024-01", 4)), _coverage(("B", "2024-01")), areas=["A"], months=["2024-01"])
    assert table["status"].tolist() == ["no_data"]
    assert table["incidents"].isna().all()


def test_offence_types_are_filled_each():
    counts = pd.DataFrame({"area_code": ["A"], "month": ["2024-01"], "offence_type": ["Drugs"], "incidents": [3]})
    table = fill_counts(
        counts, _coverage(("A", "2024-01")), areas=["A"], months=["2024-01"], offence_types=["Burglary", "Drugs"]
    )
    assert table[["offence_type", "incidents"]].to_numpy().tolist() == [["Burglary", 0], ["Drugs", 3]]


def test_a_sum_over_months_says_of_how_many_it_is():
    total = over_months(_filled()).set_index("area_code")
    assert total.loc["A", ["incidents", "months", "months_with_data", "status"]].tolist() == [5, 3, 3, "counted"]
    assert total.loc["B", ["incidents", "months", "months_with_data", "status"]].tolist() == [2, 3, 1, "partial"]
    assert total.loc["C", "status"] == "no_data"
    assert total.loc["C", "incidents"] is pd.NA


def test_a_suppressed_month_suppresses_the_sum():
    table = _filled()
    table.loc[table["month"].eq("2024-01") & table["area_code"].eq("A"), ["incidents", "status"]] = [pd.NA, "suppressed"]
    total = over_months(table).set_index("area_code")
    assert total.loc["A", "status"] == "suppressed"
    assert total.loc["A", "incidents"] is pd.NA


def test_the_input_is_not_changed():
    table = _filled()
    before = table.copy()
    over_months(table)
    rates(table, pd.Series({"A": 10.0}))
    pd.testing.assert_frame_equal(table, before)


def test_rates_say_why_there_is_none():
    total = over_months(_filled())
    found = rates(total, pd.Series({"A": 1000.0, "B": 500.0})).set_index("area_code")
    assert found.loc["A", "rate"] == 5.0
    assert found["rate_status"].to_dict() == {"A": "rated", "B": "partial", "C": "no_data"}
    assert found.loc[["B", "C"], ["rate", "rate_low", "rate_high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("people", "why"), [({}, "no_denominator"), ({"A": 0.0}, "zero_denominator"), ({"A": np.nan}, "no_denominator")]
)
def test_an_area_without_people_has_no_rate(people, why):
    total = over_months(_filled())
    found = rates(total, pd.Series(people, dtype=float)).set_index("area_code")
    assert found.loc["A", "rate_status"] == why


def test_the_interval_of_no_incident_starts_at_0_and_is_the_rule_of_three():
    low, high = poisson_interval([0])
    assert low[0] == 0
    assert high[0] == pytest.approx(-np.log(0.025))


@given(st.integers(1, 5000), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_where_the_count_becomes_unlikely(count, confidence):
    low, high = poisson_interval([count], confidence=confidence)
    assert poisson.sf(count - 1, low[0]) == pytest.approx((1 - confidence) / 2, rel=1e-6)
    assert poisson.cdf(count, high[0]) == pytest.approx((1 - confidence) / 2, rel=1e-6)


def test_the_interval_holds_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    low, high = poisson_interval(rng.poisson(3.0, 20_000))
    assert ((low <= 3.0) & (high >= 3.0)).mean() >= 0.95


def test_no_count_has_no_interval():
    low, high = poisson_interval([np.nan])
    assert np.isnan([low[0], high[0]]).all()


def test_tables_that_cannot_be_used_are_refused():
    good = _counts(("A", "2024-01", 1))
    coverage = _coverage(("A", "2024-01"))
    asked = {"areas": ["A"], "months": ["2024-01"]}
    with pytest.raises(InputError, match="no column incidents"):
        fill_counts(good.drop(columns="incidents"), coverage, **asked)
    with pytest.raises(InputError, match="two counts"):
        fill_counts(pd.concat([good, good]), coverage, **asked)
    with pytest.raises(InputError, match="negative"):
        fill_counts(good.assign(incidents=-1), coverage, **asked)
    with pytest.raises(InputError, match="two denominators"):
        rates(over_months(fill_counts(good, coverage, **asked)), pd.Series([1.0, 2.0], index=["A", "A"]))
    with pytest.raises(ParameterError, match="above 0"):
        rates(over_months(fill_counts(good, coverage, **asked)), pd.Series({"A": 1.0}), per=0)
