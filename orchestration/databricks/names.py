"""What things are called in a workspace: schemas, the landing volume, the dashboard.

The bundle in development mode puts `dev_<user>_` before its schemas and `[dev <user>] ` before the
other names. dbt gets the same prefix as its target schema (`dev_<user>`), and the adapter's own
default, `default`, stands for no prefix. Both have to agree; `lakehouse check` compares them.
"""

from __future__ import annotations

NO_PREFIX = "default"
VOLUME = "landing"
DASHBOARD = "Gold Sales"
_DEVELOPMENT = "dev_"


def layer_schema(prefix: str, layer: str) -> str:
    """The schema of a layer: `gold`, or `dev_ann_gold` with the prefix `dev_ann`."""
    return layer if prefix in ("", NO_PREFIX) else f"{prefix}_{layer}"


def landing_volume(catalog: str, prefix: str) -> str:
    """The path of the volume that files are uploaded to and that bronze reads."""
    return f"/Volumes/{catalog}/{layer_schema(prefix, 'bronze')}/{VOLUME}"


def titled(prefix: str, title: str) -> str:
    """A title as the bundle deploys it under this prefix: `[dev ann] Gold Sales` with `dev_ann`."""
    if prefix.startswith(_DEVELOPMENT):
        return f"[dev {prefix.removeprefix(_DEVELOPMENT)}] {title}"
    return title


def dashboard_title(prefix: str) -> str:
    """The title of the dashboard as the bundle deploys it under this prefix."""
    return titled(prefix, DASHBOARD)
