"""
The area types that crimemap knows, read from `boundaries/catalogue.toml`.

Identity of a place is its type, code and vintage, never its name.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from crimemap.errors import NotFoundError, ParameterError
from crimemap.resources import boundaries_path

__all__ = ["AreaType", "Download", "area_type", "area_types", "parse_vintage", "set_id_of"]

_VINTAGE = re.compile(r"(19|20)\d\d(-(0[1-9]|1[0-2]))?", re.ASCII)
_FORCE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Download:
    """One published set: a layer of a feature service."""

    vintage: str
    url: str
    resolution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaType:
    """One kind of area: what its codes look like, who publishes it, and under what terms."""

    id: str
    name: str
    plural: str
    code_pattern: str
    code_columns: tuple[str, ...]
    name_columns: tuple[str, ...]
    scoped: bool
    publisher: str
    licence: str
    attribution: str
    note: str
    downloads: tuple[Download, ...]

    def is_code(self, code: str) -> bool:
        """
        Say whether a text is a code of this type.

        Examples
        --------
        >>> area_type("csp").is_code("E22000027"), area_type("csp").is_code("E06000001"), area_type("bcu").is_code("NA")
        (True, False, True)
        """
        return re.fullmatch(self.code_pattern, code, re.ASCII) is not None

    def download(self, vintage: str) -> Download:
        """
        Find where a vintage of this type is published.

        Raises
        ------
        NotFoundError
            If the catalogue has no address for it.
        """
        for download in self.downloads:
            if download.vintage == vintage:
                return download
        known = ", ".join(download.vintage for download in self.downloads)
        raise NotFoundError(
            f"the catalogue has no download address for {self.plural.lower()} of {vintage}",
            where="boundaries/catalogue.toml",
            fix=f"It has {known}; or give the address of another layer yourself."
            if known
            else (self.note or "Add a file of your own with 'crimemap areas add'."),
        )


@cache
def area_types() -> dict[str, AreaType]:
    """
    Give every area type by its identifier, in the catalogue's order.

    Examples
    --------
    >>> list(area_types())
    ['bcu', 'csp', 'lad', 'county', 'ctyua', 'pfa', 'neighbourhood', 'ward', 'lsoa', 'msoa']
    """
    read = tomllib.loads(boundaries_path("catalogue.toml").read_text(encoding="utf-8"))
    return {
        entry["id"]: AreaType(
            id=entry["id"],
            name=entry["name"],
            plural=entry["plural"],
            code_pattern=entry["code_pattern"],
            code_columns=("area_code", *entry["code_columns"]),
            name_columns=("area_name", *entry["name_columns"]),
            scoped=entry["scoped"],
            publisher=entry["publisher"],
            licence=entry["licence"],
            attribution=entry["attribution"],
            note=entry.get("note", ""),
            downloads=tuple(Download(**download) for download in entry.get("download", ())),
        )
        for entry in read["type"]
    }


def area_type(identifier: str) -> AreaType:
    """
    Find an area type.

    Raises
    ------
    ParameterError
        If the catalogue has none of that name.
    """
    found = area_types().get(identifier.strip().lower())
    if found is None:
        raise ParameterError(
            f"{identifier[:40]!r} is not an area type",
            where="--type",
            fix=f"Use one of {', '.join(area_types())}.",
        )
    return found


def parse_vintage(text: str) -> str:
    """
    Give a vintage back, or refuse it. It is the year (or month) that boundaries were drawn for.

    Raises
    ------
    ParameterError
        If it is neither YYYY nor YYYY-MM.

    Examples
    --------
    >>> parse_vintage("2017"), parse_vintage("2024-05")
    ('2017', '2024-05')
    """
    if _VINTAGE.fullmatch(text) is None:
        raise ParameterError(f"{text[:20]!r} is not a vintage", where="--vintage", fix="Write a year, for example 2017.")
    return text


def set_id_of(area_type_id: str, vintage: str, force: str | None = None) -> str:
    """
    Make the identifier of a boundary set.

    Raises
    ------
    ParameterError
        If the type, vintage or force cannot be one, or a type that belongs to a force comes without.

    Examples
    --------
    >>> set_id_of("csp", "2017"), set_id_of("neighbourhood", "2021", "south-wales")
    ('csp-2017', 'neighbourhood-2021-south-wales')
    """
    kind = area_type(area_type_id)
    parse_vintage(vintage)
    if force is None:
        if kind.scoped:
            raise ParameterError(
                f"{kind.plural.lower()} belong to a police force",
                where="--force",
                fix="Say which, for example --force south-wales.",
            )
        return f"{kind.id}-{vintage}"
    if _FORCE.fullmatch(force) is None:
        raise ParameterError(
            f"{force[:40]!r} is not a force",
            where="--force",
            fix="Write it as in police.uk's addresses, for example south-wales.",
        )
    return f"{kind.id}-{vintage}-{force}"
