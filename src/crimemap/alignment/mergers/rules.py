"""
The rules that a review of a merger rests on, and what whoever must agree is called, in the language that is spoken.

Contains public sector information licensed under the Open Government Licence v3.0.
"""

from collections.abc import Mapping
from typing import Final

from crimemap.language import gettext, marked

__all__ = ["ROLES", "RULES", "rules"]

#: What flags and parties rest on, in the words of the Act or close to them.
RULES: Final[Mapping[str, str]] = {
    "s5(1)(a)": marked(
        "the council for the area and, where the area is a district and the council is not a unitary authority, the "
        "council for the county which includes the district"
    ),
    "s5(1)(aa)": marked(
        "every provider of probation services operating within the area under arrangements that make it a responsible"
        " authority"
    ),
    "s5(1)(b)": marked("every chief officer of police any part of whose police area lies within the area"),
    "s5(1)(d)": marked("every fire and rescue authority any part of whose area so lies"),
    "s5(1)(e)": marked(
        "if the local government area is in England, every integrated care board the whole or any part of whose area so lies"
    ),
    "s5(1)(f)": marked(
        "if the local government area is in Wales, every Local Health Board the whole or any part of whose area so lies"
    ),
    "s5(1A)": marked(
        "the relevant local policing body in relation to two or more local government areas in England may make a "
        "combination agreement with the responsible authorities in relation to those areas"
    ),
    "s5(1BA)": marked(
        "the responsible authorities in relation to a combined area are all the persons who are the responsible "
        "authorities in relation to each local government area that falls within the combined area"
    ),
    "s5A(1)": marked(
        "a combination agreement may be made only if every responsible authority in relation to the combined area is "
        "a party to the agreement"
    ),
    "s5A(4)": marked(
        "where the combined area includes, wholly or partly, more than one police area, the agreement must include "
        "arrangements for securing effective and efficient co-operation between the policing bodies, and between them"
        " and the responsible authorities"
    ),
    "s5A(5)": marked(
        "where it includes more than one police area, the Secretary of State must be a party to the agreement, if not"
        " already one as a policing body"
    ),
    "s5A(7)": marked("a combination agreement must be in writing"),
}

#: Who can be a party: what a program compares, and in English what people read.
ROLES: Final = (
    marked("council"),
    marked("county council"),
    marked("chief officer of police"),
    marked("fire and rescue authority"),
    marked("integrated care board"),
    marked("Local Health Board"),
    marked("provider of probation services"),
    marked("local policing body"),
    marked("Secretary of State"),
)


def rules() -> dict[str, str]:
    """
    Give the rules. The Act itself is in English alone: in another language they are a rendering without force of law.

    Examples
    --------
    >>> rules()["s5A(7)"]
    'a combination agreement must be in writing'
    """
    return {rule: gettext(text) for rule, text in RULES.items()}
