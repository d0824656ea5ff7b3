"""`/v1/alignment/reports`: a proposal as a page to save, from the same scoring as everything else."""

import sys
from typing import Any

import pytest

from api.routes import alignment_reports as module
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


def test_a_report_of_moved_small_areas_is_drawn_along_them(aligned: InProcess) -> None:
    told = aligned.get(f"{BASE}/planning/csp-2024/bcu-2024/bricks/{COLUMN[0]}").json()["features"]
    move = {"move": [{"bricks": [told[0]["properties"]["code"]], "to": COLUMN[1]}]}
    answer = asked(aligned, "reports", move)
    assert answer.status_code == 200
    assert "are not drawn" not in answer.text


@pytest.mark.parametrize(("query", "headers"), [("?format=pdf", {}), ("", {"Accept": "application/pdf"})])
def test_a_report_is_printed_for_whoever_asks_for_a_pdf(aligned: InProcess, query: str, headers: dict[str, str]) -> None:
    pytest.importorskip("weasyprint", reason="WeasyPrint is not installed (pip install crimemap[pdf])")
    body = {"units": "csp-2024", "targets": "bcu-2024", "scenario": {"merge": [{"units": COLUMN}]}}
    answer = aligned.post(f"{BASE}/reports{query}", json=body, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert 'filename="merger-report.pdf"' in answer.headers["content-disposition"]


def test_where_no_pdf_can_be_made_that_is_said_and_what_to_ask_for(
    aligned: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    body = {"units": "csp-2024", "targets": "bcu-2024", "scenario": {}}
    answer = aligned.post(f"{BASE}/reports?format=pdf", json=body)
    assert answer.status_code == 501
    assert answer.headers["content-type"] == "application/problem+json"
    assert "format=html" in answer.json()["detail"]
    assert aligned.post(f"{BASE}/reports?format=docx", json=body).status_code == 400


def test_a_print_that_fails_says_when_to_try_again(aligned: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("weasyprint", reason="WeasyPrint is not installed (pip install crimemap[pdf])")
    monkeypatch.setattr(aligned.app.state.reports, "_command", (sys.executable, "-c", "raise SystemExit(1)"))
    answer = aligned.post(f"{BASE}/reports?format=pdf", json={"units": "csp-2024", "targets": "bcu-2024"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "15"
    assert "could not be made" in answer.json()["detail"]


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
