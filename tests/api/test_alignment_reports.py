"""`/v1/alignment/reports`: a proposal as a page to save, from the same scoring as everything else."""

from typing import Any

import pytest

from tests.api.client import InProcess

BASE = "/v1/alignment"
COLUMN = ["E22000901", "E22000905", "E22000909"]


def asked(client: InProcess, path: str, scenario: Any, **more: Any) -> Any:
    return client.post(f"{BASE}/{path}", json={"units": "csp-2024", "targets": "bcu-2024", "scenario": scenario} | more)


def test_a_report_says_what_the_score_says_and_is_for_saving(aligned: InProcess) -> None:
    scenario = {"merge": [{"units": COLUMN, "name": "The column"}]}
    answer = asked(aligned, "reports", scenario)
    score = asked(aligned, "scenarios", scenario).json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    misfit = next(one for one in score["summary"] if one["measure"] == "misfit")
    assert f"from {round(misfit['before']):,} to {round(misfit['after']):,}" in answer.text.replace("\n", " ")
    assert "as “The column”." in answer.text
    assert score["uncertainty"]["says"] in answer.text
    assert "are not drawn" not in answer.text
    assert "Figures: release" in answer.text


def test_a_report_of_a_split_draws_what_districts_can_draw(aligned: InProcess) -> None:
    planning = aligned.get(f"{BASE}/planning/csp-2024/bcu-2024").json()
    unit = next(one for one in planning["units"] if one["districts"])
    split = {
        "split": [{"unit": unit["code"], "into": [{"code": "N1", "name": "Apart", "districts": unit["districts"][:1]}]}]
    }
    answer = asked(aligned, "reports", split)
    assert answer.status_code == 200
    assert "Apart would stand apart." in answer.text
    assert "are not drawn" not in answer.text


def test_a_name_that_was_sent_cannot_run(aligned: InProcess) -> None:
    answer = asked(aligned, "reports", {"merge": [{"units": COLUMN, "name": "<img src=x onerror=alert(1)>"}]})
    assert "<img" not in answer.text
    assert "&lt;img" in answer.text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"merge": [{"units": ["E22000901", "nowhere"]}]}, 400, "nowhere"),
        ({"merge": [{"units": ["E22000901", "E22000901"]}]}, 400, "named twice"),
        ({"lose": []}, 400, "no such key"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_the_step(aligned: InProcess, body: Any, status: int, said: str) -> None:
    answer = asked(aligned, "reports", body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text


def test_sets_that_are_not_planned_with_are_not_found(aligned: InProcess) -> None:
    answer = asked(aligned, "reports", {}, units="ward-1999")
    assert answer.status_code == 404
