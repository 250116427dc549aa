"""The documentation site: what each table and column means, where it comes from, who uses it.

Each fact is taken from where it is written: descriptions and tests from dbt's YAML, lineage
from the SQL, rules from their list, metrics from the metric view, widgets from the dashboard.
"""
