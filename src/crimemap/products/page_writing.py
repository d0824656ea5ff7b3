"""Writing one page: what every page is given beside its own values, in the language that is spoken."""

from pathlib import Path
from typing import Any

from crimemap.language import language
from crimemap.products.addresses import addressed
from crimemap.products.context import SiteContext
from crimemap.products.page_languages import counterparts, page_folder, ways
from crimemap.products.rendering import environment
from crimemap.products.wording import change_words, during_words, period_words, where_words

__all__ = ["page_html", "page_path", "shared_values", "write_page"]


def page_path(site: Path, folder: str) -> Path:
    """Give the file of a page in the language that is spoken, from the folder of the English page."""
    return site / page_folder(folder) / "index.html"


def shared_values(context: SiteContext, folder: str, force: str | None) -> dict[str, Any]:
    """
    Give what a page is given because of where it stands.

    Parameters
    ----------
    folder
        Of the English page, whatever is spoken.
    force
        Whose page it is, as not all forces have theirs in every language; None for pages of the whole release.
    """
    home, root = ways(folder)
    written = context.languages if force is None else context.languages_of(force)
    address = f"{folder}/index.html" if folder else "index.html"
    return {
        "root": root,
        "home": home,
        "counterparts": counterparts(address, written, root=root),
        **addressed(context, folder),
    }


def page_html(template: str, context: SiteContext, values: dict[str, Any]) -> str:
    """Render a page from its template, in the language that is spoken."""
    return (
        environment()
        .get_template(template)
        .render(
            site=context.site,
            language=language(),
            latest_month=context.inputs.latest_month,
            change_words=change_words,
            during_words=during_words,
            period_words=period_words,
            where_words=where_words,
            confidential=context.confidential,
            **{"page": "", "has_map": False, "crumbs": [], **values},
        )
    )


def write_page(
    site: Path, template: str, folder: str, context: SiteContext, values: dict[str, Any], *, force: str | None = None
) -> None:
    """Write a page in the language that is spoken; parameters as `shared_values` has them."""
    path = page_path(site, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    html = page_html(template, context, {**shared_values(context, folder, force), **values})
    path.write_text(html, encoding="utf-8")
