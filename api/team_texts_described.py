"""The bodies of a team's texts for the OpenAPI document: of each kind its own fields."""

from typing import Any, Final

from api.patterns import DAY
from crimemap.areas.team_fields import KINDS

__all__ = ["TEXT_BODY"]

_MOMENT: Final = rf"{DAY}(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?"
_PHONE: Final = r"\+?[0-9][0-9 ()-]{1,28}[0-9]"
_EMAIL: Final = r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,60}(\.[A-Za-z0-9-]{1,60}){1,2}"
_WEB: Final = r"https://[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?(\.[a-z]{2,20}){1,3}(/[A-Za-z0-9._~/-]{0,200})?"
_LOOKS: Final = {
    **dict.fromkeys(("issue-date", "action-date", "start_date", "end_date", "date", "until"), (_MOMENT, "2025-07-01T19:00")),
    **dict.fromkeys(("telephone", "mobile", "fax"), (_PHONE, "0116 222 2222")),
    **dict.fromkeys(("web", "website", "facebook", "twitter", "youtube"), (_WEB, "https://www.police.uk/")),
    "email": (_EMAIL, "team@example.police.uk"),
}
#: Of texts on one line, and of those that are reduced to a short list of tags: how long they may be when they are kept.
_LINES: Final = {"title": 120, "type": 60, "address": 300}
_HTML: Final = 4_000


def _field(name: str, *, needed: bool) -> dict[str, Any]:
    kind = "string" if needed else ["string", "null"]
    if name in _LOOKS:
        pattern, example = _LOOKS[name]
        looks = f"^({pattern})$" if needed else f"^({pattern})?$"
        return {"type": kind, "pattern": looks, "examples": [example]}
    said: dict[str, Any] = {"type": kind, "maxLength": _LINES.get(name, _HTML)}
    return said | ({"minLength": 1} if needed else {})


def _kind(fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, (_, needed, _) in fields.items() if needed],
        "properties": {name: _field(name, needed=needed) for name, (_, needed, _) in fields.items()},
    }


TEXT_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [{"title": kind, **_kind(fields)} for kind, fields in KINDS.items()]},
                "example": {"issue": "<p>Speeding on Bridge Street</p>", "issue-date": "2025-07-01"},
            }
        },
    }
}
