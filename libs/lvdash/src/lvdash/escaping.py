"""Text from data and files as part of a page: one function for markup, one for scripts."""

from __future__ import annotations

import json

from markupsafe import Markup, escape

__all__ = ["Markup", "escape_html", "json_in_script"]


def escape_html(text: str) -> Markup:
    """The text as it must stand in HTML, between tags or in a quoted attribute."""
    return escape(text)


def json_in_script(value: object) -> Markup:
    """A value as JSON that can stand inside a script element.

    Without `<`, neither `</script>` nor `<!--` nor `<script` can change how the rest of the page is
    read. Half of a surrogate pair has no UTF-8 form and becomes an escape sequence.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(text.encode("utf-8", "backslashreplace").decode())
