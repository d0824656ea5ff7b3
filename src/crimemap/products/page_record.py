"""
Which pages of areas a release has, and what they were made from: so that the next release need not make them again.

Beside the site in `pages.json`: for each page a hash of all that it was made from, and the hash of each of its files. A
page of the next release that would be made from the same is taken from there. All that differs is the line that names the
release and its day, which is put in anew; so the page is the same, byte for byte, as if it had been made.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from crimemap.errors import ReleaseError
from crimemap.products.manifest import hash_of, read_manifest
from crimemap.products.rendering import environment

__all__ = ["PAGES", "EarlierPages", "PageFile", "PageRecord", "release_stamp"]

PAGES: Final = "pages.json"


@dataclass(frozen=True, slots=True)
class PageFile:
    """
    A file of an area's page.

    Parameters
    ----------
    name
        Below the release, with strokes.
    stamp
        The template of the line in it that names the release; '' for none.
    """

    name: str
    stamp: str = ""


def release_stamp(template: str, site: dict[str, Any]) -> Markup:
    """Give the line that names a release, in the language that is spoken, as it stands in pages."""
    return Markup(environment().get_template(template).render(site=site))  # noqa: S704 - rendered with escapes


class PageRecord:
    """
    The pages of a release that is being built.

    Parameters
    ----------
    release
        Its folder.
    site
        What templates know as `site`.
    """

    def __init__(self, release: Path, site: dict[str, Any]) -> None:
        self._release = release
        self._made = {"release_id": site["release_id"], "created": site["created"]}
        self._pages: dict[str, dict[str, Any]] = {}

    def note(self, page: str, key: str, files: Sequence[PageFile]) -> None:
        """Take down the files of a page, which are there."""
        hashes = {one.name: hash_of(self._release / one.name) for one in files}
        self._pages[page] = {"key": key, "files": hashes}

    def write(self) -> None:
        """Write it into the release."""
        text = json.dumps({**self._made, "pages": self._pages}, indent=0, sort_keys=True)
        (self._release / PAGES).write_text(text + "\n", encoding="utf-8")


class EarlierPages:
    """
    The pages of an earlier release.

    Parameters
    ----------
    release
        Its folder; None for no such release, which has no pages.

    Attributes
    ----------
    made
        Its identifier and when it was made, as its pages name them.
    """

    def __init__(self, release: Path | None) -> None:
        self._release = release
        found = {} if release is None else _read(release)
        self.made: dict[str, str] = {name: str(found.get(name, "")) for name in ("release_id", "created")}
        self._pages: dict[str, dict[str, Any]] = found.get("pages", {})

    def take(self, page: str, key: str, files: Sequence[PageFile], target: Path, site: dict[str, Any]) -> bool:
        """
        Put a page of the earlier release into another, if it was made from the same and is as it was then.

        Parameters
        ----------
        page, key
            Its name and what it would be made from.
        files
            All that it consists of.
        target
            The folder of the release that is being built.
        site
            What templates know as `site` there.

        Returns
        -------
        bool
            False, and nothing is written, if the page has to be made.
        """
        known = self._pages.get(page)
        if self._release is None or known is None or known["key"] != key:
            return False
        hashes = known["files"]
        if set(hashes) != {one.name for one in files}:
            return False
        contents = {}
        for one in files:
            try:
                content = (self._release / one.name).read_bytes()
            except OSError:
                return False
            if hashlib.sha256(content).hexdigest() != hashes[one.name]:
                return False
            if one.stamp:
                before = str(release_stamp(one.stamp, {**site, **self.made})).encode()
                if content.count(before) != 1:
                    return False
                content = content.replace(before, str(release_stamp(one.stamp, site)).encode())
            contents[one.name] = content
        for name, content in contents.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return True


def _read(release: Path) -> dict[str, Any]:
    """Read a release's record; nothing if it has none, or not the one that it was built with."""
    try:
        expected = read_manifest(release)["files"][PAGES]["sha256"]
        content = (release / PAGES).read_bytes()
    except (ReleaseError, KeyError, TypeError, OSError):
        return {}
    if hashlib.sha256(content).hexdigest() != expected:
        return {}
    found = json.loads(content)
    return found if isinstance(found, dict) else {}
