"""The tables that data sets may read, and which of them a name means."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class Tables:
    """Tables with their columns.

    Args:
        columns: the columns of each table, by `schema.table`; a name without a schema belongs to
            the default schema.
        schema: the default schema. Without one, a bare name means the table in `main`, or in the
            first schema in alphabetical order that has it.
    """

    def __init__(self, columns: Mapping[str, Collection[str]], schema: str | None = None) -> None:
        self.schema = schema
        self.columns = {
            name if "." in name else f"{schema or 'main'}.{name}": sorted(found)
            for name, found in columns.items()
        }
        self._names = {name.lower(): name for name in sorted(self.columns, key=_main_first)}

    def find(self, name: str, schema: str | None = None) -> str | None:
        """The table that a name in SQL means, as `schema.table`; a catalog is left out."""
        *prefix, table = name.lower().split(".")
        schema = prefix[-1] if prefix else (schema or self.schema)
        if schema:
            return self._names.get(f"{schema.lower()}.{table}")
        return next(
            (each for key, each in self._names.items() if key.split(".", 1)[1] == table), None
        )

    def nested(self) -> dict[str, object]:
        """The columns by schema and table, as sqlglot wants them."""
        found: dict[str, dict[str, object]] = {}
        for name, columns in self.columns.items():
            schema, table = name.split(".", 1)
            found.setdefault(schema, {})[table] = dict.fromkeys(columns, "unknown")
        return {**found}


def _main_first(name: str) -> tuple[bool, str]:
    return not name.lower().startswith("main."), name
