"""The entity diagram of gold as SVG, from the declared keys.

The table that refers to most others is in the middle, the tables it refers to beside it, and those
that they refer to further out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tools.docs.catalogue import Table

WIDTH, HEAD, LINE = 232, 30, 20
GAP_X, GAP_Y, MARGIN = 96, 36, 16


@dataclass
class _Box:
    table: Table
    x: int = 0
    y: int = 0

    @property
    def height(self) -> int:
        return HEAD + LINE * len(self.table.columns) + 8

    def row(self, column: str) -> int:
        """The height of a column's line."""
        return self.y + HEAD + LINE * list(self.table.columns).index(column) + LINE // 2 + 2


def draw(tables: Sequence[Table]) -> str:
    """The diagram of the tables that refer to each other; every name links to its page."""
    known = {table.name: _Box(table) for table in tables}
    lines = [
        (table.name, column.name, column.refers_to)
        for table in tables
        for column in table.columns.values()
        if column.refers_to and column.refers_to[0] in known
    ]
    named = {name for start, _, target in lines for name in (start, target[0])}
    boxes = {name: box for name, box in known.items() if name in named}
    if not boxes:
        return ""
    width, height = _place(boxes, [(start, target[0]) for start, _, target in lines])
    words = " ".join(f"{start}.{column} refers to {to[0]}.{to[1]}." for start, column, to in lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" class="diagram"'
        f' role="group" aria-labelledby="diagram-title diagram-text" style="max-width:{width}px">',
        '<title id="diagram-title">Entity diagram of gold</title>',
        f'<desc id="diagram-text">{escape(words)}</desc>',
    ]
    parts += [_line(boxes[start], column, boxes[to[0]], to[1]) for start, column, to in lines]
    parts += [_box(box) for box in boxes.values()]
    return "\n".join([*parts, "</svg>"])


def _place(boxes: dict[str, _Box], lines: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Give every box its place; returns the size of the drawing."""
    middle = max(boxes, key=lambda name: sum(start == name for start, _ in lines))
    side, waiting = {middle: 0}, [middle]
    for name in waiting:
        near = [to if start == name else start for start, to in lines if name in (start, to)]
        for place, other in enumerate(dict.fromkeys(near)):
            if other not in side:
                outwards = (1, -1)[place % 2] if name == middle else (1 if side[name] > 0 else -1)
                side[other] = side[name] + outwards
                waiting.append(other)
    columns: dict[int, list[_Box]] = {}
    for name, box in boxes.items():
        columns.setdefault(side.get(name, 0), []).append(box)
    heights = {place: sum(box.height + GAP_Y for box in of) for place, of in columns.items()}
    tallest = max(heights.values()) - GAP_Y
    for index, place in enumerate(sorted(columns)):
        y = MARGIN + (tallest + GAP_Y - heights[place]) // 2
        for box in columns[place]:
            box.x, box.y = MARGIN + index * (WIDTH + GAP_X), y
            y += box.height + GAP_Y
    return MARGIN * 2 + len(columns) * (WIDTH + GAP_X) - GAP_X, MARGIN * 2 + tallest


def _box(box: _Box) -> str:
    table = box.table
    parts = [
        f'<a href="{table.page}" aria-label="{escape(table.name)}">',
        f'<rect class="box" x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="6"/>',
        f'<text class="name" x="{box.x + 10}" y="{box.y + 20}">{escape(table.name)}</text></a>',
    ]
    for column in table.columns.values():
        mark = "key" if column.is_key else "ref" if column.refers_to else ""
        y = box.row(column.name) + 4
        parts.append(f'<text class="column" x="{box.x + 10}" y="{y}">{escape(column.name)}</text>')
        if mark:
            parts.append(
                f'<text class="mark" x="{box.x + WIDTH - 10}" y="{y}" text-anchor="end">{mark}'
                "</text>"
            )
    return "".join(parts)


def _line(start: _Box, column: str, target: _Box, to: str) -> str:
    y1, y2 = start.row(column), target.row(to)
    right = target.x >= start.x
    x1 = start.x + (WIDTH if right else 0)
    x2 = target.x + (0 if right and target.x > start.x else WIDTH)
    bend = GAP_X // 2 if right else -GAP_X // 2
    path = f"M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"
    return f'<path class="line" d="{path}"/><circle class="end" cx="{x2}" cy="{y2}" r="3.5"/>'
