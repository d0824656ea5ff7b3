"""Bringing what a force says about its neighbourhoods to the shapes of data.police.uk, with nothing unsafe in it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from crimemap.areas.catalogue import area_type
from crimemap.areas.sanitise import clean_date, clean_html, clean_text, clean_web_address
from crimemap.errors import InputError
from crimemap.forces import force_name

__all__ = ["CONTACT_KEYS", "SetAside", "TeamShapes"]

CONTACT_KEYS: Final = (
    "email", "telephone", "mobile", "fax", "web", "website", "address", "facebook", "twitter", "youtube", "google-plus",
    "myspace", "bebo", "flickr", "forum", "e-messaging", "blog", "rss",
)  # fmt: skip
_ADDRESSES: Final = (
    "web",
    "website",
    "facebook",
    "youtube",
    "google-plus",
    "myspace",
    "bebo",
    "flickr",
    "forum",
    "blog",
    "rss",
)
_EMAIL: Final = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"']+")
_MAX_TEXT: Final = 50_000
_UK_LATITUDE: Final = (49.0, 61.5)
_UK_LONGITUDE: Final = (-9.5, 2.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """One thing that could not be used: of which neighbourhood, what it is, why, and how it stood in the file."""

    neighbourhood: str
    part: str
    reason: str
    raw: Any


@dataclass(slots=True)
class TeamShapes:
    """
    Makes the shapes of data.police.uk; what cannot be used is kept in `set_aside` with a reason.

    Parameters
    ----------
    where
        The file, for messages.
    """

    where: str
    set_aside: list[SetAside] = field(default_factory=list)
    _about: str = field(default="", init=False)

    def force(self, given: Mapping[str, Any], slug: str) -> dict[str, Any]:
        """
        Make a force: id, name, description, url, telephone, engagement_methods, people.

        Raises
        ------
        InputError
            If it is about another force.
        """
        if str(given.get("id") or slug) != slug:
            raise InputError(
                f"the file is about the force {str(given['id'])[:40]!r}", where=self.where, fix="Give that one with --force."
            )
        self._about = ""
        return {
            "id": slug,
            "name": self._text(given.get("name")) or force_name(slug),
            "description": self._html(given.get("description")) or "",
            "url": self._web(given, "url") or "",
            "telephone": self._text(given.get("telephone")) or "101",
            "engagement_methods": self._each("engagement_methods", given.get("engagement_methods"), self._engagement),
            "people": self._each("people", given.get("people"), self._person),
        }

    def neighbourhoods(self, given: Iterable[Any]) -> list[dict[str, Any]]:
        """
        Make neighbourhoods, sorted by id.

        Raises
        ------
        InputError
            If one has no id or one that cannot be in an address, or two have the same.
        """
        made = [self._neighbourhood(one) for one in given]
        ids = [one["id"] for one in made]
        repeated = sorted({one for one in ids if ids.count(one) > 1})
        if repeated:
            raise InputError(
                f"{len(repeated)} ids come more than once, the first is {repeated[0]!r}",
                where=self.where,
                fix="Ids are unique within a force: give each neighbourhood its own.",
            )
        return sorted(made, key=lambda one: str(one["id"]))

    def _neighbourhood(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            raise InputError("a neighbourhood is not an object", where=self.where, fix="Give a list of objects.")
        nid = self._about = self._id(given)
        return {
            "id": nid,
            "name": self._text(given.get("name")) or nid,
            "description": self._html(given.get("description")) or "",
            "url_force": self._web(given, "url_force") or "",
            "population": self._population(given.get("population")),
            "contact_details": self._contacts(given),
            "centre": self._position(given.get("centre")),
            "links": self._each("links", given.get("links"), self._link),
            "locations": self._each("locations", given.get("locations"), self._location),
            "people": self._each("people", given.get("people"), self._person),
            "events": self._each("events", given.get("events"), self._event),
            "priorities": self._each("priorities", given.get("priorities"), self._priority),
        }

    def _id(self, given: Mapping[str, Any]) -> str:
        nid = str(given.get("id") or "").strip()
        if not area_type("neighbourhood").is_code(nid) or nid == "neighbourhoods":
            raise InputError(
                f"{nid[:40]!r} cannot be the id of a neighbourhood" if nid else "a neighbourhood has no id",
                where=self.where,
                fix="Use letters, digits, full stops, hyphens and underscores, at most 64; 'neighbourhoods' is reserved.",
            )
        return nid

    def _each(
        self, part: str, given: Any, make: Callable[[Mapping[str, Any]], dict[str, Any] | str]
    ) -> list[dict[str, Any]]:
        """Make each item of a list; a text instead of an item is the reason why it cannot be used."""
        made: list[dict[str, Any]] = []
        if given is None:
            return made
        if not isinstance(given, list):
            self._aside(part, "it is not a list", given)
            return made
        for one in given:
            result = make(one) if isinstance(one, Mapping) else "it is not an object"
            if isinstance(result, str):
                self._aside(part, result, one)
            else:
                made.append(result)
        return made

    def _person(self, given: Mapping[str, Any]) -> dict[str, Any] | str:
        name = self._text(given.get("name"))
        if not name:
            return "it has no name"
        return {
            "name": name,
            "rank": self._text(given.get("rank")),
            "bio": self._html(given.get("bio")),
            "contact_details": self._contacts(given),
        }

    def _event(self, given: Mapping[str, Any]) -> dict[str, Any] | str:
        start, end = self._date(given, "start_date"), self._date(given, "end_date")
        if not start:
            return "its start date is missing or not a date"
        return {
            "title": self._text(given.get("title")) or "",
            "description": self._html(given.get("description")),
            "address": self._text(given.get("address")) or "",
            "type": self._text(given.get("type")) or "",
            "start_date": start,
            "end_date": end,
            "contact_details": self._contacts(given),
        }

    def _priority(self, given: Mapping[str, Any]) -> dict[str, Any] | str:
        issued = self._date(given, "issue-date", "issue_date")
        if not issued:
            return "its issue date is missing or not a date"
        return {
            "issue": self._html(given.get("issue")),
            "issue-date": issued,
            "action": self._html(given.get("action")),
            "action-date": self._date(given, "action-date", "action_date"),
        }

    def _link(self, given: Mapping[str, Any]) -> dict[str, Any] | str:
        url = clean_web_address(str(given.get("url") or ""))
        if url is None:
            return "its url is not an http or https address"
        return {
            "url": url,
            "title": self._text(given.get("title")) or url,
            "description": self._html(given.get("description")) or "",
        }

    def _location(self, given: Mapping[str, Any]) -> dict[str, Any] | str:
        position = self._position(given)
        if position is None:
            return "it has no position, or one outside the United Kingdom"
        texts = {
            key: self._text(given.get(key)) or "" for key in ("name", "postcode", "address", "telephone", "description")
        }
        return texts | position | {"type": self._text(given.get("type")) or "station"}

    def _engagement(self, given: Mapping[str, Any]) -> dict[str, Any] | str:
        title = self._text(given.get("title")) or self._text(given.get("type")) or ""
        url = clean_web_address(str(given.get("url") or ""))
        if url is None and given.get("url"):
            return "its url is not an http or https address"
        return {
            "url": url or "",
            "type": self._text(given.get("type")) or title.lower(),
            "description": self._html(given.get("description")) or "",
            "title": title,
        }

    def _contacts(self, given: Mapping[str, Any]) -> dict[str, str]:
        held = given.get("contact_details")
        made: dict[str, str] = {}
        for key, value in held.items() if isinstance(held, Mapping) else ():
            text = self._text(value)
            if not text:
                continue
            name = str(key).strip().lower().replace("_", "-")
            cleaned = self._contact(name, text)
            if cleaned is None:
                self._aside("contact_details", "it is not contact details that can be shown", {str(key): value})
            else:
                made[name] = cleaned
        return made

    def _contact(self, key: str, text: str) -> str | None:
        if key == "email":
            text = text.removeprefix("mailto:")
            return text if _EMAIL.fullmatch(text) else None
        if key in _ADDRESSES:
            return clean_web_address(text)
        if key == "twitter" and not text.startswith("@"):
            return clean_web_address(text) or (text if re.fullmatch(r"\w{1,30}", text, re.ASCII) else None)
        if key == "e-messaging" and ":" in text:
            return clean_web_address(text)
        return text if key in CONTACT_KEYS else None

    def _population(self, given: Any) -> str:
        text = str("0" if given is None or given == "" else given).replace(",", "").strip()
        if re.fullmatch(r"\d{1,9}", text, re.ASCII):
            return str(int(text))
        self._aside("population", "it is not a whole number", given)
        return "0"

    def _position(self, given: Any) -> dict[str, str] | None:
        if not isinstance(given, Mapping):
            return None
        try:
            latitude, longitude = float(given["latitude"]), float(given["longitude"])
        except (KeyError, TypeError, ValueError):
            return None
        if not (_UK_LATITUDE[0] <= latitude <= _UK_LATITUDE[1] and _UK_LONGITUDE[0] <= longitude <= _UK_LONGITUDE[1]):
            return None
        return {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"}

    def _web(self, given: Mapping[str, Any], part: str) -> str | None:
        if not given.get(part):
            return None
        url = clean_web_address(str(given[part]))
        if url is None:
            self._aside(part, "it is not an http or https address", given[part])
        return url

    def _date(self, given: Mapping[str, Any], *keys: str) -> str | None:
        return next((clean_date(str(given[key])) for key in keys if given.get(key)), None)

    def _text(self, value: Any) -> str | None:
        return clean_text(self._short(value)) or None if value is not None else None

    def _html(self, value: Any) -> str | None:
        return clean_html(self._short(value)) or None if value is not None else None

    def _short(self, value: Any) -> str:
        if isinstance(value, (dict, list)) or len(str(value)) > _MAX_TEXT:
            raise InputError(
                f"a text is not a text, or longer than {_MAX_TEXT:,} characters", where=self.where, fix="Correct the file."
            )
        return str(value)

    def _aside(self, part: str, reason: str, raw: Any) -> None:
        self.set_aside.append(SetAside(neighbourhood=self._about, part=part, reason=reason, raw=raw))
