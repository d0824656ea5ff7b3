"""A neighbourhood team's people, contacts, messages, priorities and events, made fit for a page."""

from typing import Any, Final

from crimemap.language import gettext, marked
from crimemap.products.rendering import safe_link

__all__ = ["described_team"]

_CONTACTS: Final = {
    "telephone": marked("Telephone"),
    "mobile": marked("Mobile"),
    "email": marked("Email"),
    "web": marked("Website"),
    "website": marked("Website"),
    "address": marked("Address"),
    "facebook": "Facebook",
    "twitter": "Twitter",
    "youtube": "YouTube",
}


def _contacts(details: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = []
    for key, label in _CONTACTS.items():
        value = str(details.get(key) or "").strip()
        if not value:
            continue
        if key == "email":
            link = safe_link(f"mailto:{value}")
        elif key in {"telephone", "mobile"}:
            link = safe_link(f"tel:{''.join(c for c in value if c.isdigit() or c == '+')}")
        else:
            link = safe_link(value)
        rows.append((gettext(label), value, link))
    return rows


def described_team(one: dict[str, Any]) -> dict[str, Any]:
    """
    Give a team as the neighbourhood page shows it: every key present, contacts as (label, text, link).

    Parameters
    ----------
    one
        A neighbourhood in data.police.uk's shape.

    Examples
    --------
    >>> described_team({"contact_details": {"email": "a@b.org", "web": "javascript:x"}})["contacts"]
    [('Email', 'a@b.org', 'mailto:a@b.org'), ('Website', 'javascript:x', '')]
    """
    blank = {"name": "", "rank": "", "bio": ""}
    priority = {"issue": "", "issue-date": None, "action": None, "action-date": None}
    event = {"title": "", "description": "", "address": "", "start_date": ""}
    message = {"title": "", "text": "", "date": "", "until": ""}
    return {
        "description": one.get("description") or "",
        "contacts": _contacts(one.get("contact_details") or {}),
        "people": [{**blank, **person} for person in one.get("people") or []],
        "priorities": [{**priority, **item} for item in one.get("priorities") or []],
        "events": sorted(
            ({**event, **item} for item in one.get("events") or []), key=lambda item: str(item["start_date"] or "")
        ),
        "messages": sorted(
            ({**message, **item} for item in one.get("messages") or []), key=lambda item: str(item["date"]), reverse=True
        ),
    }
