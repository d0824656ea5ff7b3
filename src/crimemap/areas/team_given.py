"""
What the public sees of a team's texts: what the force gave, with what the team wrote in its place or beside it.

A priority or event that the force gave has an identifier made from what tells it apart, so that a team can change or
withdraw it like one of its own. If the force words it anew, that is another one.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from crimemap.areas.sanitise import clean_text
from crimemap.areas.team_fields import CONTACT, KINDS
from crimemap.areas.team_texts import TeamTexts

__all__ = ["CONTACT_ID", "LISTED", "given_texts", "is_over", "with_texts"]

#: The one text that contact details are.
CONTACT_ID: Final = CONTACT
#: Kinds of which a team has many.
LISTED: Final = tuple(kind for kind in KINDS if kind != CONTACT)
#: What tells one from another.
_KEYS: Final = {"priorities": ("issue-date", "issue"), "events": ("start_date", "title"), "messages": ("date", "title")}
_DAY: Final = 10


def given_texts(kind: str, neighbourhood: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """
    Give the texts that a force gave of a neighbourhood, by identifier.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    neighbourhood
        In data.police.uk's shape.

    Examples
    --------
    >>> given_texts("contact", {"contact_details": {"email": "a@b.uk", "fax": None}})
    {'contact': {'email': 'a@b.uk'}}
    """
    if kind == CONTACT:
        details = neighbourhood.get("contact_details") or {}
        return {CONTACT_ID: {name: str(details[name]) for name in KINDS[CONTACT] if details.get(name)}}
    named = _named(kind, neighbourhood)
    return {key: {name: str(one.get(name) or "") for name in KINDS[kind]} for key, one in named.items()}


def _named(kind: str, neighbourhood: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    taken: dict[str, int] = {}
    for one in neighbourhood.get(kind) or []:
        told = json.dumps([kind, *(clean_text(str(one.get(name) or "")) for name in _KEYS[kind])])
        taken[told] = taken.get(told, 0) + 1
        digest = hashlib.sha256(f"{told}{taken[told]}".encode()).hexdigest()
        found[f"force-{digest[:16]}"] = one
    return found


def is_over(message: Mapping[str, Any], *, today: date) -> bool:
    """
    Say whether the last day of a message to residents is past.

    Examples
    --------
    >>> is_over({"until": "2025-07-01T00:00:00"}, today=date(2025, 7, 1)), is_over({"until": ""}, today=date(2025, 7, 1))
    (False, False)
    """
    last = str(message.get("until") or "")[:_DAY]
    return bool(last) and date.fromisoformat(last) < today


def with_texts(neighbourhood: Mapping[str, Any], texts: TeamTexts, *, today: date) -> dict[str, Any]:
    """
    Give a neighbourhood as the public is to see it: its team's own texts come first, the newest before the others.

    Parameters
    ----------
    neighbourhood
        As the force gave it, in data.police.uk's shape; it is not changed.
    texts
        Of its team.
    today
        Messages whose last day is before are left out.

    Returns
    -------
    dict
        The same, its priorities, events and contact details merged, and with `messages`.
    """
    made = dict(neighbourhood)
    for kind in LISTED:
        public, given = texts.public(kind), _named(kind, neighbourhood)
        own = [one.content for key, one in public.items() if one is not None and key not in given]
        shown = [_public(kind, one) for one in reversed(own)]
        for key, one in given.items():
            version = public.get(key)
            if version is not None:
                shown.append({**one, **_public(kind, version.content)})
            elif key not in public:
                shown.append(dict(one))
        made[kind] = shown
    made["messages"] = [one for one in made["messages"] if not is_over(one, today=today)]
    contact = texts.public(CONTACT).get(CONTACT_ID)
    if contact is not None:
        details = {**(neighbourhood.get("contact_details") or {}), **contact.content}
        made["contact_details"] = {name: value for name, value in details.items() if value}
    return made


def _public(kind: str, content: Mapping[str, str]) -> dict[str, Any]:
    """Give a text in data.police.uk's shape, where a priority that nothing was done about has null."""
    return {name: value or None if kind == "priorities" else value for name, value in content.items()}
