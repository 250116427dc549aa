"""The Spark session that executes the statements, set up for one small machine."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dbx_local.jars import fetch_jars

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MASTER = "local[2]"
MEMORY = "3g"

# Only what makes small work quick, or what Databricks SQL has and open-source Spark has not.
CONFIG = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.catalogImplementation": "in-memory",
    # What Databricks SQL does
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.default": "delta",
    # Small data: one task for each step, no pages for people to look at
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.databricks.delta.stats.collect": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.adaptive.enabled": "false",
    # For few rows, compiling an expression takes longer than interpreting it
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # Else `except` with n one-row branches becomes n joins, each with a broadcast of its own
    "spark.sql.optimizer.excludedRules": (
        "org.apache.spark.sql.catalyst.optimizer.PushDownLeftSemiAntiJoin"
    ),
    # Local files without a subprocess for each of them
    "spark.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem",
    "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing"
        ".FileSystemBasedCheckpointFileManager"
    ),
    # A file that was replaced must not be served from a listing made before
    "spark.sql.filesourceTableRelationCacheSize": "0",
    # Reachable from this machine only
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def start_spark(folder: Path, settings: Mapping[str, str] | None = None) -> SparkSession:
    """Start the JVM and a session that keeps its tables and scratch files under `folder`.

    Spark `settings` override those of this module.

    Raises:
        DbxLocalError: when the jars cannot be had.
    """
    os.environ["TZ"] = "UTC"
    time.tzset()
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")  # about pandas
    from pyspark.sql import SparkSession

    log_settings = Path(__file__).parent / "log4j2.properties"
    java_options = [
        "-Duser.timezone=UTC",
        f"-Dlog4j2.configurationFile={log_settings.as_uri()}",
        f"-Dderby.system.home={folder}",
        "-XX:+UseParallelGC",
        # A warehouse lives for minutes: the optimising compiler costs more than it brings.
        "-XX:TieredStopAtLevel=1",
        # The default for that is soon full, and then code is interpreted.
        "-XX:ReservedCodeCacheSize=512m",
    ]
    builder = (
        SparkSession.builder.master(MASTER)
        .appName("warehouse")
        .config("spark.driver.memory", MEMORY)
        .config("spark.driver.extraClassPath", ":".join(str(jar) for jar in fetch_jars()))
        .config("spark.sql.warehouse.dir", (folder / "tables").as_uri())
        .config("spark.local.dir", str(folder / "scratch"))
        .config("spark.driver.extraJavaOptions", " ".join(java_options))
    )
    for key, value in {**CONFIG, **(settings or {})}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
