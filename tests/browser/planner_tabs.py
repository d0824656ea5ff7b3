"""Going through the tabs of the planner with everything in them open."""

TABS = ("fit", "scenario", "search", "matrix", "ladder")


def each_tab(page):
    """Open one tab after another, search in its tab, and unfold what is folded; give each one's name."""
    for name in TABS:
        page.click(f"#tab-{name}")
        if name == "search":
            page.click("#search")
            page.wait_for_selector(".pl-plot__point")
        for summary in page.locator(f"#panel-{name} details:not([open]) > summary").all():
            if summary.is_visible():
                summary.click()
        yield name
