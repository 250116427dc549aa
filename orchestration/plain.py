"""Text from data in the terminal and in alerts: text, and nothing that is obeyed."""

from __future__ import annotations

import unicodedata

_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")


def clean(text: str) -> str:
    """A text without what a terminal would obey: control and direction characters, as escapes."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in _OBEYED
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )


def say(text: object, *, err: bool = False) -> None:
    """Print a line on stdout or stderr."""
    import typer

    typer.echo(clean(str(text)), err=err)
