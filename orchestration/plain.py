"""Text from data in the terminal and in alerts: text, and nothing that is obeyed."""

from __future__ import annotations

import unicodedata


def is_obeyed(character: str) -> bool:
    """Whether it is not seen, or obeyed: controls, direction marks, half of a surrogate pair."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def clean(text: str) -> str:
    """A text without what a terminal would obey: control and direction characters, as escapes."""
    return "".join(
        character
        if character in "\n\t" or not is_obeyed(character)
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )


def say(text: object, *, err: bool = False) -> None:
    """Print a line on stdout or stderr."""
    import typer

    typer.echo(clean(str(text)), err=err)
