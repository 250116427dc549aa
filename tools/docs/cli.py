"""`lakehouse docs`."""

from __future__ import annotations


def docs() -> None:
    """Build the documentation site: descriptions, lineage and usage."""
    from orchestration.console import RunConsole
    from orchestration.plain import say
    from orchestration.settings import load_settings
    from tools.docs.build import ensure_built
    from tools.docs.site import make_site

    settings = ensure_built(load_settings(), RunConsole(models=False))
    say(f"The documentation is {make_site(settings)}")
