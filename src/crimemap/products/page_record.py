"""
Which pages of areas a release has, and what they were made from: so that the next release need not make them again.

Beside the site in `pages.json`: for each page a hash of what it was made from (`inputs`), one of what it says (`key`), and
the hash of each of its files. A page of the next release that would be made from the same, or would say the same, is taken
from there. All that differs are the lines that name the release, its day or its time, which are put in anew; so the page is
the same, byte for byte, as if it had been made. A printed report that was taken keeps the name of the release for which it
was printed; that is in `printed`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from crimemap.errors import ReleaseError
from crimemap.language import language
from crimemap.products.manifest import hash_of, read_manifest
from crimemap.products.rendering import environment

__all__ = ["CALENDAR_STAMP", "PAGES", "EarlierPages", "PageFile", "PageRecord", "release_stamp"]

PAGES: Final = "pages.json"
#: The times at which a calendar was made, one in each meeting.
CALENDAR_STAMP: Final = "calendar"

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageFile:
    """
    A file of an area's page.

    Parameters
    ----------
    name
        Below the release, with strokes.
    stamp
        The template of the line in it that names the release, or `CALENDAR_STAMP`; '' for none.
    """

    name: str
    stamp: str = ""


def release_stamp(template: str, site: dict[str, Any]) -> Markup:
    """Give the line that names a release, in the language that is spoken, as it stands in pages."""
    named = (str(site["name"]), str(site["release_id"]), str(site["created"]))
    return _stamp(template, language(), *named)


@lru_cache(maxsize=64)
def _stamp(template: str, spoken: str, name: str, release_id: str, created: str) -> Markup:
    del spoken  # what is told apart by it is in gettext
    site = {"name": name, "release_id": release_id, "created": created}
    return Markup(environment().get_template(template).render(site=site))  # noqa: S704 - rendered with escapes


def _restamped(content: bytes, stamp: str, before: dict[str, Any], now: dict[str, Any]) -> bytes | None:
    """Put another release's name or time into a file; None if it does not stand there as often as it should."""
    if not stamp:
        return content
    if stamp == CALENDAR_STAMP:
        old, new = _calendar_stamp(before), _calendar_stamp(now)
        expected = content.count(b"\r\nBEGIN:VEVENT\r\n")
    else:
        old, new = (str(release_stamp(stamp, site)).encode() for site in (before, now))
        expected = 1
    return content.replace(old, new) if content.count(old) == expected else None


def _calendar_stamp(site: dict[str, Any]) -> bytes:
    made = datetime.fromisoformat(str(site["created"])).astimezone(UTC)
    return f"\r\nDTSTAMP:{made:%Y%m%dT%H%M%SZ}\r\n".encode()


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
        self._pages: dict[str, Entry] = {}

    def note(self, page: str, key: str, files: Sequence[PageFile], *, inputs: str = "") -> None:
        """
        Take down a page that was made.

        Parameters
        ----------
        page
            Its folder below the site's root.
        key, inputs
            Hashes of what it says and of what it was made from; '' where not known.
        files
            Of the page, all there.
        """
        hashes = {one.name: hash_of(self._release / one.name) for one in files}
        stamps = {one.name: one.stamp for one in files if one.stamp}
        self._pages[page] = {"key": key, "inputs": inputs, "files": hashes, "stamps": stamps}

    def keep(self, page: str, entry: Mapping[str, Any], *, inputs: str) -> None:
        """Take down a page that was taken from an earlier release, as `EarlierPages.take` gives it."""
        self._pages[page] = {**entry, "inputs": inputs}

    def printed(self, page: str, name: str, *, printer: str) -> None:
        """Take down that a page's report was printed for this release, by what, into which file."""
        if page in self._pages:
            printed = {"file": name, "sha256": hash_of(self._release / name)}
            self._pages[page]["printed"] = {**printed, "printer": printer, "release_id": self._made["release_id"]}

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
        self._pages: dict[str, Entry] = found.get("pages", {})

    def take(
        self,
        page: str,
        target: Path,
        site: dict[str, Any],
        *,
        inputs: str = "",
        key: str = "",
        files: Sequence[PageFile] | None = None,
    ) -> Entry | None:
        """
        Put a page of the earlier release into another, if it was made from the same, and is as it was then.

        Parameters
        ----------
        page
            Its folder below the site's root.
        target
            The folder of the release that is being built.
        site
            What templates know as `site` there.
        inputs, key
            Hashes of what it would be made from, and of what it would say: one that is given has to be the same.
        files
            All that it would consist of; None where that follows from what it is made from.

        Returns
        -------
        dict or None
            What is to be known of the page in the new release; None, and nothing is written, if it has to be made.
        """
        known = self._pages.get(page)
        if self._release is None or known is None or not (inputs or key):
            return None
        asked = (("inputs", inputs), ("key", key))
        if any(value and known.get(name) != value for name, value in asked):
            return None
        if files is not None and set(known["files"]) != {one.name for one in files}:
            return None
        contents = self._contents(known, site)
        if contents is None:
            return None
        for name, content in contents.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        return {**deepcopy(known), "files": hashes}

    def _contents(self, known: Entry, site: dict[str, Any]) -> dict[str, bytes] | None:
        """Read the files of a page, with the name of the release to be; None if one is not as it was built."""
        contents = {}
        stamps = known.get("stamps", {})
        for name, expected in known["files"].items():
            content = self.read(name, expected)
            stamped = None if content is None else _restamped(content, stamps.get(name, ""), {**site, **self.made}, site)
            if stamped is None:
                return None
            contents[name] = stamped
        return contents

    def read(self, name: str, expected: str) -> bytes | None:
        """Read a file of the earlier release; None if it is not there, or has another hash than is expected."""
        if self._release is None:
            return None
        try:
            content = (self._release / name).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == expected else None


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
