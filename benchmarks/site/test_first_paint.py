"""
When a telephone first shows something of each type of page: 1.6 Mbit/s, 150 ms to the server, a quarter of the speed.

Beside it a page of one line, without style or script: what the profile itself takes.
"""

import shutil
import statistics

import pytest

from benchmarks.site.compressing import serving_compressed
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.browser.test_budgets import TYPES
from tests.products.force_of_any_size import made_force

_RUNS = 3
_LEAST = "<!DOCTYPE html><html lang=en><title>a</title><p>One line."
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_WEIGHT = "performance.getEntriesByType('navigation')[0].encodedBodySize"


def _first_paint(browser, address):
    context = browser.new_context(viewport={"width": 375, "height": 667}, is_mobile=True, has_touch=True)
    page = context.new_page()
    debugger = context.new_cdp_session(page)
    debugger.send("Network.enable")
    speeds = {"downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
    debugger.send("Network.emulateNetworkConditions", {"offline": False, "latency": 150, **speeds})
    debugger.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    found = page.evaluate(_PAINTED), page.evaluate(_WEIGHT)
    context.close()
    return found


def test_every_type_of_page_is_seen_within_a_second(tmp_path, capsys):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    site = build_release(made_force(300), ReleaseOptions(), tmp_path).path / "site"
    (site / "least.html").write_text(_LEAST, encoding="utf-8")
    seen = {name: [] for name in ("one line", *TYPES)}
    with serving_compressed(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for _ in range(_RUNS):
            for name, path in {"one line": "/least.html", **TYPES}.items():
                seen[name].append(_first_paint(browser, address + path))
        browser.close()
    least = statistics.median(when for when, _ in seen["one line"])
    with capsys.disabled():
        print()
        for name, found in seen.items():
            times = [when for when, _ in found]
            print(
                f"{name:16} {statistics.median(times):5.0f} ms ({min(times):.0f} to {max(times):.0f}), "
                f"{statistics.median(times) / least:.1f} times one line; {found[0][1] / 1000:.1f} kB of HTML, compressed"
            )
