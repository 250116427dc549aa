"""Small JSON files in the warehouse folder, such as the list of files and how the last run ended.

A note is replaced as a whole; one that is missing, damaged or of another version is no note.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from orchestration.errors import os_errors

Note = TypeVar("Note")


def write_note(path: Path, note: Any, doing: str) -> None:
    """Write a note, such as a dataclass or a dictionary, in place of the one before.

    `doing` is for the error when it cannot be written, as in "writing the list of files".

    Raises:
        LakehouseError: when it cannot be written.
    """
    with os_errors(doing):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".tmp")
        fresh.write_bytes(TypeAdapter(type(note)).dump_json(note))
        fresh.replace(path)


def read_note(path: Path, kind: type[Note]) -> Note | None:
    """The note of this type; None when there is none."""
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
