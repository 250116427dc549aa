"""The documentation site: what every table and column means, where it comes from, who uses it.

All of it is taken from where it is written once: descriptions and tests from dbt's YAML, lineage
from the SQL, rules from the catalogue, metrics from the metric view, widgets from the file of the
dashboard.
"""

from __future__ import annotations

from tools.docs.site import make_site

__all__ = ["make_site"]
