"""Tutorials read and run: their blocks of commands, what these print, and whether the words say it."""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crimemap.cli import app

ROOT = Path(__file__).parents[2]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Block:
    """A block of commands, under its heading, and the words that follow it until the next block or heading."""

    heading: str
    commands: tuple[str, ...]
    words: str


def blocks(page: str) -> Iterator[Block]:
    heading = ""
    text = (ROOT / "docs" / page).read_text()
    pieces = re.split(r"^## ([^\n]*)\n|^```console\n(.*?)^```\n", text, flags=re.MULTILINE | re.DOTALL)
    for title, commands, words in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        if title is not None:
            heading = title
        else:
            yield Block(heading, tuple(commands.splitlines()), " ".join(words.split()))


def run(line: str, *, status: int = 0) -> str:
    """Run a command as it is written, and give all that it prints."""
    program, *arguments = shlex.split(line)
    assert program == "crimemap"
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments)
    assert result.exit_code == status, f"{line}: {result.output}"
    return result.output


def printed(page: str, folder: Path, adapted: Callable[[str], str | None]) -> Iterator[tuple[Block, list[str]]]:
    """Run a page's commands in their order; `adapted` gives what to run for a line, or None where it did the work itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in blocks(page):
            said = []
            for line in block.commands:
                if line.startswith("export "):
                    patch.setenv(*line.removeprefix("export ").split("=", 1))
                elif (wanted := adapted(line)) is not None:
                    said.append(run(wanted))
            yield block, said


def table(said: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in said.splitlines() if line.startswith("│")]


def found(pattern: str, said: str) -> tuple[str, ...]:
    match = re.search(pattern, said)
    assert match is not None, f"{pattern} is not in: {said}"
    return match.groups()


def rounded(number: str) -> str:
    return f"{float(number):,.0f}"


def require_said(block: Block, phrases: list[str]) -> None:
    """Require that the words say each phrase, which is made of what was printed, and give no figure beyond them."""
    left = block.words.lower()
    for phrase in phrases:
        assert phrase.lower() in left, f"{block.heading}: the page does not say '{phrase}'"
        left = left.replace(phrase.lower(), "", 1)
    figures = re.findall(r"\S*\d\S*", re.sub(r"`[^`]*`", "", left))
    assert figures == [], f"{block.heading}: figures that nothing printed: {figures}"
