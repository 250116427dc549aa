"""The space as a resource of the bundle: `resources/genie.yml`, written and never edited."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from genie_space.space import build_space, space_description, space_title
from tools.check.findings import Finding, Where

RESOURCE = Path("resources/genie.yml")
KEY = "gold_sales_genie"

# As the other resources name them, see databricks.yml and resources/schemas.yml.
_CATALOG = "${var.catalog}"
_SCHEMA = "${resources.schemas.gold.name}"
_HEADER = """\
# Written by `lakehouse genie write` from genie/*.yml and the documentation: change it there.
# A workspace refuses a space whose tables do not exist: docs/deploy.md has the order of steps.
"""


def bundle_resource(project_dir: Path) -> str:
    """The resource as YAML text.

    A bundle substitutes `${...}` in its YAML and not in files it refers to; so the whole document
    stands in the YAML, with references for catalog and schema.

    Raises:
        LakehouseError: when a file is missing or says something that cannot be.
    """
    space = build_space(project_dir, "catalog__", "schema__")
    document = json.dumps(space, ensure_ascii=False, indent=2)
    resource = {
        "resources": {
            "genie_spaces": {
                KEY: {
                    "title": space_title(project_dir),
                    "description": space_description(project_dir),
                    "warehouse_id": "${var.warehouse_id}",
                    "permissions": [{"level": "CAN_RUN", "group_name": "${var.analysts}"}],
                    "serialized_space": document.replace("catalog__", _CATALOG).replace(
                        "schema__", _SCHEMA
                    )
                    + "\n",
                }
            }
        }
    }
    text: str = yaml.dump(
        resource, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6
    )
    return _HEADER + text


def write_resource(project_dir: Path) -> tuple[Path, bool]:
    """Write the file; return where it is and whether it has changed."""
    path = project_dir / RESOURCE
    text = bundle_resource(project_dir)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path, False
    path.write_text(text, encoding="utf-8")
    return path, True


def check_resource(project_dir: Path) -> list[Finding]:
    """A finding when the file is not what the project says."""
    path = project_dir / RESOURCE
    if path.is_file() and path.read_text(encoding="utf-8") == bundle_resource(project_dir):
        return []
    problem = "differs from what genie/*.yml and the documentation say" if path.is_file() else ""
    return [
        Finding(
            Where(RESOURCE.as_posix()),
            f"It {problem}." if problem else "It is missing.",
            "Write it anew: lakehouse genie write.",
        )
    ]


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that a difference can be read."""


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _as_block)
