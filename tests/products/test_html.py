"""Every page of a release is HTML as it is defined, checked by html-validate, which needs no network."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "static"
CHECKER = STATIC / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"


def faults(files):
    """Give what is wrong with some pages: rule, page, where, what."""
    node = shutil.which("node")
    assert node, "Node makes the site's assets, and checks its pages"
    assert CHECKER.is_file(), "make assets installs html-validate"
    told = subprocess.run(
        [node, CHECKER, "--formatter", "json", "--config", STATIC / "htmlvalidate.json", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode in {0, 1}, told.stderr
    return [
        f"{one['ruleId']}: {Path(page['filePath']).parent.name}, {one.get('selector')}: {one['message']}"
        for page in json.loads(told.stdout)
        for one in page["messages"]
    ]


def test_every_page_in_both_languages_is_valid(bilingual):
    pages = sorted((bilingual.path / "site").rglob("*.html"))
    assert {"cy", "embed", "about", "planner", "compare", "search", "changes"} <= {
        part for page in pages for part in page.parts
    }
    assert faults(pages) == []


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ("<p><div>a block in a paragraph</div></p>", "close-order"),
        ("<ul><p>no item</p></ul>", "element-permitted-content"),
        ('<p id="main">a</p><p id="main">b</p>', "no-dup-id"),
        ('<table><tbody><tr role="row"><td>a</td></tr></tbody></table>', "no-redundant-role"),
        ('<p style="color: red">a</p>', "no-inline-style"),
        ("<incident>a</incident>", "element-name"),
    ],
)
def test_a_fault_would_be_found(tmp_path, markup, rule):
    page = tmp_path / "page.html"
    page.write_text(f'<!DOCTYPE html>\n<html lang="en"><head><title>a</title></head><body>{markup}</body></html>\n', "utf-8")
    assert any(one.startswith(f"{rule}:") for one in faults([page]))
