"""How long a release of a force takes to build: by neighbourhoods and incidents, with nothing changed, with reports."""

import os
import re
import time
from dataclasses import replace

import pytest

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.products.force_of_any_size import made_force

MOST_SECONDS = 60
_MONTHS = 36


class Timed:
    """A build, and the processor time (of all threads) and the time of its parts."""

    def __init__(self, inputs, folder, **options):
        self.said = [("", time.process_time())]
        began, used = time.perf_counter(), time.process_time()
        self.made = build_release(inputs, ReleaseOptions(**options), folder, progress=self._tell)
        self.seconds, self.processor = time.perf_counter() - began, time.process_time() - used

    def _tell(self, text):
        self.said.append((text, time.process_time()))

    def part(self, start, end):
        """Give the processor time between what was said first of two things."""
        at = [next(when for said, when in self.said if said.startswith(text)) for text in (start, end)]
        return at[1] - at[0]

    @property
    def pages(self):
        return len([name for name in self.made.manifest["files"] if name.endswith("index.html")])

    def row(self, name):
        parts = {
            "database": self.part("writing the database", "finding"),
            "data": self.part("writing data", "drawing maps"),
            "search": self.part("writing the search", "writing pages"),
            "pages": self.part("writing pages", "wrote"),
        }
        return (
            f"{name:34} {self.pages:5} pages {self.seconds:6.1f} s, {self.processor:6.1f} s of processors, "
            f"{self.pages / self.processor:5.0f} pages/s: "
            + ", ".join(f"{what} {used:.1f} s" for what, used in parts.items())
        )


@pytest.fixture
def tell(capsys):
    def _tell(*lines):
        with capsys.disabled():
            print("", *lines, sep="\n")

    return _tell


def test_a_force_of_300_neighbourhoods_takes_less_than_a_minute_and_grows_with_them_alone(tmp_path, tell):
    build_release(made_force(25), ReleaseOptions(), tmp_path / "first")  # templates and kernels are compiled once
    built = {n: Timed(made_force(n, months=_MONTHS), tmp_path / str(n)) for n in (75, 150, 300)}
    more = Timed(made_force(300, months=_MONTHS, each=160), tmp_path / "more")
    again = Timed(made_force(300, months=_MONTHS), tmp_path / "300")
    inputs = made_force(300, months=_MONTHS)
    first, *rest = inputs.neighbourhoods
    changed = replace(inputs, neighbourhoods=[{**first, "description": "<p>New.</p>"}, *rest])
    one = Timed(changed, tmp_path / "300")
    tell(
        *(made.row(f"{n} neighbourhoods, 40 a month") for n, made in built.items()),
        more.row("300 neighbourhoods, 160 a month"),
        again.row("300, nothing changed"),
        one.row("300, one team's words changed"),
        f"300 to 75: {built[300].processor / built[75].processor:.2f} times the processor time; to 150: "
        f"{built[300].processor / built[150].processor:.2f}; incidents x 4: {more.processor / built[300].processor:.2f}",
    )
    assert built[300].processor < MOST_SECONDS
    assert built[300].processor < 4 * 1.25 * built[75].processor
    assert more.part("writing pages", "wrote") < 1.5 * built[300].part("writing pages", "wrote")
    assert (again.made.areas.built, one.made.areas.built) == (0, 1)
    assert again.part("writing pages", "wrote") < 0.4 * built[300].part("writing pages", "wrote")


def test_reports_printed_in_bulk(tmp_path, tell):
    pytest.importorskip("weasyprint")
    made = Timed(made_force(25), tmp_path, reports="pdf")
    printed = next(said for said, _ in made.said if said.startswith("printed"))
    rate = float(re.search(r"([\d.]+) a second", printed)[1])
    tell(f"{printed}, on {os.cpu_count()} processors")
    assert rate > 0
