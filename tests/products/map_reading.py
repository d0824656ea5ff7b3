"""What a map's file says, read by the description in docs/maps.md and by none of the code that writes or draws it."""

import string

import pandas as pd

_DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def numbers(text):
    """Read numbers: groups of five bits, the lowest first; 32 is added to a digit that another follows."""
    found, value, places = [], 0, 0
    for character in text:
        digit = _DIGITS.index(character)
        value += (digit % 32) * 32**places
        places += 1
        if digit < 32:
            found.append(value)
            value, places = 0, 0
    assert places == 0, "a number has no end"
    return found


def signed(values):
    return [value // 2 if value % 2 == 0 else -(value + 1) // 2 for value in values]


def decoded(file, n_types):
    """Give a table of unit, month, type and n."""
    rows = []
    for unit, text in enumerate(file["counts"].split()):
        key, waiting = 0, None
        for value in numbers(text):
            if waiting is not None:
                rows.append((unit, waiting, value + 2))
                waiting = None
                continue
            key += value // 2
            if value % 2:
                waiting = key
            else:
                rows.append((unit, key, 1))
        assert waiting is None
    table = pd.DataFrame(rows, columns=["unit", "key", "n"])
    table["month"], table["type"] = table["key"] // n_types, table["key"] % n_types
    return table.drop(columns="key")


def rings(file):
    """Give the corners of each hexagon, degrees."""
    values, at, found = numbers(file["hexagons"]["corners"]), 0, []
    centres = file["hexagons"]["at"]
    for i in range(len(centres) // 2):
        many = values[at]
        steps = signed(values[at + 1 : at + 1 + 2 * many])
        at += 1 + 2 * many
        west, south = centres[2 * i], centres[2 * i + 1]
        found.append([(west + x / 100_000, south + y / 100_000) for x, y in zip(steps[::2], steps[1::2], strict=True)])
    assert at == len(values)
    return found
