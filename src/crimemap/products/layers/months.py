"""Which months a release has, and of which forces it has them not."""

from typing import Any, Final

__all__ = ["read_months"]

_OTHER_TABLES: Final = ("outcomes", "stops", "stop-and-search")


def read_months(connection: Any) -> tuple[list[str], dict[str, list[str]]]:
    """Give the months held for at least one force, ascending, and for each month the forces without data."""
    others = ", ".join(f"'{name}'" for name in _OTHER_TABLES)
    coverage = connection.execute(
        f"SELECT DISTINCT month, force, status FROM coverage WHERE coalesce(kind, '') NOT IN ({others}) ORDER BY ALL"  # noqa: S608 - names from above
    ).fetchall()
    held = {row[0] for row in connection.execute("SELECT DISTINCT month FROM incidents").fetchall()}
    held |= {month for month, _, status in coverage if status != "no_data"}
    no_data: dict[str, list[str]] = {}
    for month, force, status in coverage:
        if status == "no_data":
            no_data.setdefault(month, []).append(force)
    return sorted(held), no_data
