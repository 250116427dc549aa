"""Arrow tables as Thrift result sets, with the column types a client expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructField

_BY_ARROW_ID = {
    pa.types.is_boolean: ttypes.TTypeId.BOOLEAN_TYPE,
    pa.types.is_int8: ttypes.TTypeId.TINYINT_TYPE,
    pa.types.is_int16: ttypes.TTypeId.SMALLINT_TYPE,
    pa.types.is_int32: ttypes.TTypeId.INT_TYPE,
    pa.types.is_int64: ttypes.TTypeId.BIGINT_TYPE,
    pa.types.is_float32: ttypes.TTypeId.FLOAT_TYPE,
    pa.types.is_float64: ttypes.TTypeId.DOUBLE_TYPE,
    pa.types.is_decimal: ttypes.TTypeId.DECIMAL_TYPE,
    pa.types.is_string: ttypes.TTypeId.STRING_TYPE,
    pa.types.is_large_string: ttypes.TTypeId.STRING_TYPE,
    pa.types.is_binary: ttypes.TTypeId.BINARY_TYPE,
    pa.types.is_date: ttypes.TTypeId.DATE_TYPE,
    pa.types.is_timestamp: ttypes.TTypeId.TIMESTAMP_TYPE,
    pa.types.is_null: ttypes.TTypeId.NULL_TYPE,
    pa.types.is_map: ttypes.TTypeId.MAP_TYPE,
    pa.types.is_list: ttypes.TTypeId.ARRAY_TYPE,
    pa.types.is_struct: ttypes.TTypeId.STRUCT_TYPE,
}

EMPTY = pa.table({})
_HAVE_ROWS = ("CommandResult", "LocalRelation")  # plans of commands, and of queries over literals


def collect(frame: DataFrame) -> pa.Table:
    """All rows of a Spark result as an Arrow table."""
    if not frame.columns:
        return EMPTY
    plan = frame._jdf.queryExecution().optimizedPlan()
    if plan.getClass().getSimpleName() in _HAVE_ROWS and not any(map(_is_nested, frame.schema)):
        return _of_rows(frame)
    try:
        return frame.toArrow()
    except (pa.ArrowException, TypeError):
        # A command's nested metrics claim to be never NULL and are: hand them out as JSON.
        rows = [[None if value is None else str(value) for value in row] for row in frame.collect()]
        return text_table(frame.columns, rows)


def _is_nested(field: StructField) -> bool:
    return field.dataType.typeName() in ("array", "map", "struct", "variant")


def _of_rows(frame: DataFrame) -> pa.Table:
    """Rows that are there already, without the Spark job that Arrow's way would start."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return _table(to_arrow_schema(frame.schema, timezone="UTC"), frame.collect())


def text_table(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> pa.Table:
    """A table whose columns are all text."""
    return _table(pa.schema([(name, pa.string()) for name in columns]), rows)


def _table(schema: pa.Schema, rows: Sequence[Sequence[object]]) -> pa.Table:
    arrays = [
        pa.array([row[index] for row in rows], type=field.type)
        for index, field in enumerate(schema)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def thrift_schema(schema: pa.Schema) -> ttypes.TTableSchema:
    """The column names and types of a result as Thrift describes them."""
    return ttypes.TTableSchema(
        columns=[
            ttypes.TColumnDesc(
                columnName=field.name,
                typeDesc=ttypes.TTypeDesc(
                    types=[ttypes.TTypeEntry(primitiveEntry=_entry(field.type))]
                ),
                position=position,
            )
            for position, field in enumerate(schema, start=1)
        ]
    )


def _entry(arrow_type: pa.DataType) -> ttypes.TPrimitiveTypeEntry:
    for matches, type_id in _BY_ARROW_ID.items():
        if matches(arrow_type):
            entry = ttypes.TPrimitiveTypeEntry(type=type_id)
            if type_id == ttypes.TTypeId.DECIMAL_TYPE:
                entry.typeQualifiers = ttypes.TTypeQualifiers(
                    qualifiers={
                        "precision": ttypes.TTypeQualifierValue(i32Value=arrow_type.precision),
                        "scale": ttypes.TTypeQualifierValue(i32Value=arrow_type.scale),
                    }
                )
            return entry
    return ttypes.TPrimitiveTypeEntry(type=ttypes.TTypeId.STRING_TYPE)


def schema_bytes(schema: pa.Schema) -> bytes:
    """The Arrow schema message a client puts before the batches."""
    return bytes(schema.serialize().to_pybytes())


def arrow_batches(table: pa.Table) -> list[ttypes.TSparkArrowBatch]:
    """The rows as Arrow record batch messages."""
    return [
        ttypes.TSparkArrowBatch(batch=batch.serialize().to_pybytes(), rowCount=batch.num_rows)
        for batch in table.combine_chunks().to_batches(max_chunksize=100_000)
        if batch.num_rows
    ]
