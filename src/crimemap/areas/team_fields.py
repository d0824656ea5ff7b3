"""What a neighbourhood team's texts may hold, and what is wrong with one, field by field."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from crimemap.areas.sanitise import clean_html, clean_text, clean_web_address
from crimemap.errors import InputError

__all__ = ["CONTACT", "KINDS", "TeamTextError", "checked_text"]

CONTACT: Final = "contact"
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{1,28}[0-9]", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?", re.ASCII)
_DAY: Final = 10


class TeamTextError(InputError):
    """
    A text of a team cannot be taken.

    Parameters
    ----------
    faults
        Field and what is wrong with it, for every field that is.
    """

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{field}: {said}" for field, said in faults))


def _line(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = clean_text(text)
        if len(found) > most:
            raise ValueError(f"it has {len(found):,} characters, {most:,} are the most")
        return found

    return read


def _html(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = clean_html(text)
        if len(found) > most:
            raise ValueError(f"it has {len(found):,} characters, {most:,} are the most")
        return found if clean_text(found) else ""

    return read


def _moment(text: str) -> str:
    said = text.strip()
    try:
        if not _MOMENT.fullmatch(said):
            raise ValueError  # noqa: TRY301 - one sentence for both
        found = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError("it is no date as YYYY-MM-DD or YYYY-MM-DDTHH:MM") from None
    return found.isoformat(timespec="seconds")


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text.strip()):
        raise ValueError("it is no e-mail address")
    return text.strip()


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text.strip()):
        raise ValueError("it is no telephone number")
    return text.strip()


def _web(text: str) -> str:
    found = clean_web_address(text)
    if found is None:
        raise ValueError("it is no address that begins with https://")
    return found


_Field = tuple[Callable[[str], str], bool, int]
_TEXT: Final = 20_000
_LONG: Final = 4_000
#: Kind to its fields: how each is read, whether it is needed, and how long it may be before it is read.
KINDS: Final[Mapping[str, Mapping[str, _Field]]] = {
    "priorities": {
        "issue": (_html(_LONG), True, _TEXT),
        "issue-date": (_moment, True, 30),
        "action": (_html(_LONG), False, _TEXT),
        "action-date": (_moment, False, 30),
    },
    "events": {
        "title": (_line(120), True, 1_000),
        "description": (_html(_LONG), False, _TEXT),
        "address": (_line(300), False, 1_000),
        "type": (_line(60), False, 200),
        "start_date": (_moment, True, 30),
        "end_date": (_moment, False, 30),
    },
    "messages": {
        "title": (_line(120), True, 1_000),
        "text": (_html(_LONG), True, _TEXT),
        "date": (_moment, True, 30),
        "until": (_moment, False, 30),
    },
    CONTACT: {
        "email": (_email, False, 254),
        "telephone": (_phone, False, 30),
        "mobile": (_phone, False, 30),
        "fax": (_phone, False, 30),
        "address": (_line(300), False, 1_000),
        **dict.fromkeys(("web", "website", "facebook", "twitter", "youtube"), (_web, False, 500)),
    },
}
#: What must not lie before what.
_ORDERED: Final = {
    "priorities": ("issue-date", "action-date"),
    "events": ("start_date", "end_date"),
    "messages": ("date", "until"),
}


def checked_text(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """
    Read a team's text: markup is reduced to a short list of tags, dates to one form.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    given
        Field to text. A field that is left out, null or empty is empty; in contact details, an empty one takes away what the
        force gave.

    Raises
    ------
    TeamTextError
        If a field is unknown, missing, too long or of the wrong form; it names every one.

    Examples
    --------
    >>> checked_text("priorities", {"issue": "<b>Speeding</b><script>x()</script>", "issue-date": "2025-07-01"})["issue"]
    'Speeding'
    >>> checked_text("events", {"title": "Surgery", "start_date": "2025-07-01T19:00", "end_date": "2025-07-01T18:00"})
    Traceback (most recent call last):
    ...
    crimemap.areas.team_fields.TeamTextError: end_date: it is not after start_date.
    """
    fields = KINDS[kind]
    faults = [(str(name)[:40], "there is no such field") for name in given if name not in fields]
    found: dict[str, str] = {}
    for name, (read, needed, longest) in fields.items():
        if kind == CONTACT and name not in given:
            continue
        value = given.get(name)
        if value is None or value == "":
            found[name] = ""
        elif not isinstance(value, str):
            faults.append((name, "it is not text"))
            continue
        elif len(value) > longest:
            faults.append((name, f"it has {len(value):,} characters, {longest:,} are the most"))
            continue
        else:
            try:
                value.encode("utf-8")
                found[name] = read(value)
            except UnicodeEncodeError:
                faults.append((name, "it holds half a character"))
                continue
            except ValueError as error:
                faults.append((name, str(error)))
                continue
        if needed and not found[name]:
            faults.append((name, "it is needed"))
    first, second = _ORDERED.get(kind, ("", ""))
    if found.get(first) and found.get(second) and not _in_order(found[first], found[second], strict=kind == "events"):
        faults.append((second, f"it is not after {first}" if kind == "events" else f"it is before {first}"))
    if faults:
        raise TeamTextError(faults)
    return found


def _in_order(first: str, second: str, *, strict: bool) -> bool:
    if strict and not second.endswith("T00:00:00"):
        return first < second
    return date.fromisoformat(first[:_DAY]) <= date.fromisoformat(second[:_DAY])
