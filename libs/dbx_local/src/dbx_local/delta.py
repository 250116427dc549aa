"""Changes to a Delta table's columns that have no SQL, or too costly a one.

Delta can make an existing column NOT NULL only through its own transactions, and a commit for
every comment of every column would cost more than building the tables: what a client asks for
one column at a time is gathered by the session and committed here at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_METADATA_FIELDS = 8
_SCHEMA_FIELD = 5  # which of them is the schema, as JSON


@dataclass
class ColumnChanges:
    """What is to be changed about the columns of one table; names in lower case."""

    not_null: set[str] = field(default_factory=set)
    comments: dict[str, str] = field(default_factory=dict)
    null_counts: dict[str, int] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()


def change_columns(spark: SparkSession, table: tuple[str, str], changes: ColumnChanges) -> None:
    """Commit new comments and NOT NULLs of top-level columns, in one transaction.

    The rows must have been checked before: Delta does not look at them here. `table` is schema and
    name.
    """
    jvm: Any = spark._jvm
    identifier = jvm.org.apache.spark.sql.catalyst.TableIdentifier(
        table[1], jvm.scala.Option.apply(table[0])
    )
    delta_log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, identifier)
    transaction = delta_log.startTransaction()
    metadata = transaction.metadata()
    schema = metadata.schema()
    fields = jvm.java.util.ArrayList()
    for index in range(schema.length()):
        old = schema.apply(index)
        name = old.name().lower()
        nullable = old.nullable() and name not in changes.not_null
        new = old.copy(old.name(), old.dataType(), nullable, old.metadata())
        if name in changes.comments:
            new = new.withComment(changes.comments[name])
        fields.add(new)
    values = {
        position: getattr(metadata, f"copy$default${position}")()
        for position in range(1, _METADATA_FIELDS + 1)
    }
    values[_SCHEMA_FIELD] = jvm.org.apache.spark.sql.types.DataTypes.createStructType(fields).json()
    transaction.updateMetadata(metadata.copy(*(values[key] for key in sorted(values))), True)
    manual_update = getattr(jvm.org.apache.spark.sql.delta.DeltaOperations, "ManualUpdate$")
    no_actions = jvm.scala.jdk.javaapi.CollectionConverters.asScala(jvm.java.util.ArrayList())
    transaction.commit(no_actions.toSeq(), getattr(manual_update, "MODULE$"))
