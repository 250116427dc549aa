"""`lakehouse docs`."""

from __future__ import annotations

import typer


def docs() -> None:
    """Make the documentation site: what everything means, where it comes from, who uses it."""
    from orchestration.settings import load_settings
    from tools.docs.site import make_site

    typer.echo(f"The documentation is {make_site(load_settings())}")
