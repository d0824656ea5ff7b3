"""A real Chromium on a real release, served with the site's Content-Security-Policy."""

import os
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from crimemap.alignment.mergers.lay_out import lay_out
from crimemap.alignment.mergers.whereabouts import Around
from crimemap.products.alignment_planning import write_planning
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.alignment.mergers.made import boxes
from tests.api.server import serving as public_application
from tests.browser.site_server import serving
from tests.products.county import county, county_of_mergers

CHROMIUM = os.environ.get("CRIMEMAP_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parents[2] / "static" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def browser():
    # No longer than a module: while Playwright runs, no other test of the process can start an event loop.
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium on this machine; .ci/run installs it")
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Give the address of a release's site."""
    made = build_release(county(), ReleaseOptions(), tmp_path_factory.mktemp("browser"))
    with serving(made.path / "site") as address:
        yield address


class Watched:
    """A page whose complaints are kept: console errors, policy violations, failed or foreign requests."""

    def __init__(self, page, site):
        self.page, self.site, self.complaints = page, site, []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _asked(self, request):
        if not request.url.startswith((self.site, "data:")):
            self.complaints.append(f"asked {request.url}")

    def _answered(self, response):
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def open(self, path):
        self.page.goto(self.site + path)
        self.page.wait_for_load_state("networkidle")
        if self.page.locator("[data-map]").count() and self.page.evaluate("'noModule' in HTMLScriptElement.prototype"):
            self.page.wait_for_selector("[data-ready]", timeout=15_000)
        return self.page


@pytest.fixture
def opened(browser, site):
    """Give a function that opens a path of the site at a width."""
    contexts = []

    def _open(path, *, width=1280, height=900, javascript=True):
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=javascript)
        contexts.append(context)
        watched = Watched(context.new_page(), site)
        if javascript:
            watched.open(path)
        else:
            watched.page.goto(site + path)
        return watched

    yield _open
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def planner_site(demo_workspace, tmp_path_factory):
    """Give the address of the demonstration county's release, served by the public application."""
    with public_application(demo_workspace / "releases", tmp_path_factory.mktemp("planner") / "log") as server:
        yield server.url


@pytest.fixture
def planner(browser, planner_site):
    """Give a function that opens the planner's page at a query, and waits until it is alive."""
    contexts = []

    def _open(query="", *, width=1280, scheme="light", ready="true", **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        watched = Watched(context.new_page(), planner_site)
        watched.page.goto(f"{planner_site}/planner/{query}")
        if ready:
            watched.page.wait_for_selector(f"[data-planner][data-ready={ready}]")
        return watched

    yield _open
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def long_search(tmp_path_factory):
    """Give the address of a release whose search takes far longer than anybody waits: 81 units that no area fits."""
    releases = tmp_path_factory.mktemp("long") / "releases"
    made = build_release(county_of_mergers(), ReleaseOptions(), releases)
    (releases / "active").write_text(made.release_id)
    people = np.random.default_rng(3).integers(500, 3_000, 18 * 18).astype(float)
    bricks = boxes({f"b{k:03d}": (k % 18 / 2, k // 18 / 2, k % 18 / 2 + 0.5, k // 18 / 2 + 0.5) for k in range(18 * 18)})
    planning = lay_out(
        boxes({f"E22{k:06d}": (k % 9, k // 9, k % 9 + 1, k // 9 + 1) for k in range(81)}),
        boxes({f"T{x}{y}": (2.5 * x - 1, 2.5 * y - 1, 2.5 * x + 1.5, 2.5 * y + 1.5) for x in range(5) for y in range(5)}),
        bricks.assign(population=people),
        unit_type="csp",
        target_type="bcu",
        unit_set="csp-2024",
        target_set="bcu-2024",
        around=Around(forces=boxes({"E23000099": (-5, -5, 40, 40)})),
    )
    with duckdb.connect(made.path / "release.duckdb") as db:
        (told,) = db.execute(
            "SELECT document FROM planning WHERE unit_set = 'csp-2024' AND target_set = 'bcu-2024'"
        ).fetchone()
        for name in ("planning", *(f"planning_{one}" for one in ("units", "targets", "bricks", "borders", "districts"))):
            db.execute(f"DELETE FROM {name} WHERE unit_set = 'csp-2024' AND target_set = 'bcu-2024'")  # noqa: S608
        write_planning(db, planning, told=told)
    with public_application(releases, tmp_path_factory.mktemp("long-log") / "log") as server:
        yield server.url
