"""Reads the pages of docs/clients as programs: what they say to run, and what they say will be printed.

A fence says what a block is: ```sh runs, ```sh server runs beside it until the end, ```text is what the sh blocks
of the page print, ```js and ```python are cut out of the page by a command of the page itself. Any other fence is
refused: no example goes unrun. In a text block `...` stands for part of a line.
"""

import dataclasses
import re

FENCE = re.compile(r"^```(.*)$")
KNOWN = {"sh", "sh server", "text", "js", "python"}
WILDCARD = "..."
SHOWN_LINES = 8  # of what was printed, around the first difference


class PageWrong(Exception):
    """Says where a page is not what it must be, or does not say what happens."""


@dataclasses.dataclass
class Block:
    """Is one fenced block."""

    kind: str
    first_line: int  # line of its first content line in the page, from 1
    lines: list


@dataclasses.dataclass
class Page:
    """Is one page."""

    name: str
    blocks: list

    def script(self):
        """Returns every sh block in order, as one script whose line numbers are those of the page."""
        lines = []
        for block in self.blocks:
            if block.kind == "sh":
                lines += [""] * (block.first_line - 1 - len(lines)) + block.lines
        return "\n".join(lines) + "\n"

    def server_command(self):
        """Returns the one command that starts the server."""
        commands = [block for block in self.blocks if block.kind == "sh server"]
        if len(commands) != 1:
            raise PageWrong(f"{self.name}: {len(commands)} blocks `sh server`, not one")
        return "\n".join(commands[0].lines)

    def expected(self):
        """Returns the lines that the page says are printed, each with its line number."""
        return [
            (block.first_line + offset, line)
            for block in self.blocks
            if block.kind == "text"
            for offset, line in enumerate(block.lines)
        ]


def parse(name, text):
    """Returns the page; raises PageWrong for a fence that nothing would run or check."""
    blocks, block = [], None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if block is not None and line == "```":
            if not block.lines:
                raise PageWrong(f"{name}:{number}: an empty block")
            blocks.append(block)
            block = None
        elif block is not None:
            block.lines.append(line)
        elif fence and fence.group(1) not in KNOWN:
            known = ", ".join(sorted(KNOWN))
            raise PageWrong(f"{name}:{number}: a block `{fence.group(1)}`; known are {known}")
        elif fence:
            block = Block(fence.group(1), number + 1, [])
    if block is not None:
        raise PageWrong(f"{name}:{block.first_line - 1}: a block without an end")
    return Page(name, blocks)


def _matches(expected, printed):
    pattern = ".*".join(re.escape(part) for part in expected.split(WILDCARD))
    return re.fullmatch(pattern, printed) is not None


def compare(page, printed):
    """Raises PageWrong at the first line of the page that is not what was printed."""
    expected = page.expected()
    printed = printed.splitlines()
    for index, (number, line) in enumerate(expected):
        found = printed[index] if index < len(printed) else None
        if found is None or not _matches(line, found):
            shown = "\n".join(f"    {each}" for each in printed[max(0, index - 2) : index + SHOWN_LINES])
            said = "nothing more" if found is None else f"`{found}`"
            raise PageWrong(
                f"{page.name}:{number}: the page says `{line}`, and printed was {said}. Around it:\n{shown}"
            )
    if len(printed) > len(expected):
        raise PageWrong(f"{page.name}: printed after everything the page says: `{printed[len(expected)]}`")
