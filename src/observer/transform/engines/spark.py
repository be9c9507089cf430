"""Apache Spark in a session of this process, on any cluster that it can reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer.errors import BuildError, ConfigError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMAS = ("raw", "staging", "intermediate", "marts")
_THREADS = 4
# Timestamps are instants in UTC everywhere; text is compared as it is written.
_CONFIG = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.legacy.createHiveTableByDefault": "false",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@dataclass
class Spark:
    """A Spark cluster by its master's address.

    `warehouse` is the folder or address of the tables, which the driver and all workers reach under the same name; the
    catalogue lies beside it unless `config`, which are Spark's own properties, names a metastore.
    """

    master: str
    warehouse: str
    config: Mapping[str, str] = field(default_factory=dict)
    name: str = field(default="spark", init=False)
    _session: Any = field(default=None, init=False, repr=False)

    def profile(self) -> Mapping[str, object]:
        return {
            "type": "spark",
            "method": "session",
            "host": self.master,
            "schema": "staging",
            "threads": _THREADS,
        }

    def open(self) -> None:
        for schema in SCHEMAS:
            with _reported("Spark"):
                self.session.sql(f"create database if not exists {schema}")

    def load(self, table: str, file: Path) -> None:
        with _reported(f"raw.{table}"):
            rows = self.session.read.parquet(str(file))
            rows.write.mode("overwrite").format("parquet").saveAsTable(f"raw.{table}")

    def drop(self, table: str) -> None:
        with _reported(f"raw.{table}"):
            self.session.sql(f"drop table if exists raw.{table}")

    def fetch(self, relation: str, file: Path) -> int:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with _reported(relation):
            rows: pa.Table = self.session.table(relation).toArrow()
        pq.write_table(rows, file, compression="zstd")
        return int(rows.num_rows)

    def bytes_of(self, sql: str) -> int | None:
        return None

    def close(self) -> None:
        if self._session is not None:
            self._session.stop()
            self._session = None

    @property
    def session(self) -> SparkSession:
        """The session, opened once; dbt gets the same one."""
        if self._session is None:
            self._session = self._connect()
        session: SparkSession = self._session
        return session

    def _connect(self) -> SparkSession:
        try:
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise ConfigError("what Spark needs is not installed", hint="run `make deps-engines`") from error
        builder: Any = SparkSession.builder
        builder = builder.appName("observer").master(self.master)
        builder = builder.config("spark.sql.warehouse.dir", self.warehouse)
        for key, value in {**_CONFIG, **self._metastore(), **self.config}.items():
            builder = builder.config(key, value)
        if self.config.get("spark.sql.catalogImplementation") != "in-memory":
            builder = builder.enableHiveSupport()
        try:
            session: SparkSession = builder.getOrCreate()
        except (PySparkException, RuntimeError, OSError) as error:
            raise ConfigError(
                f"Spark does not start: {str(error).splitlines()[0]}",
                where=f"[spark] master = {self.master}",
                hint="is Java 17 or later installed, and the cluster up?",
            ) from error
        session.sparkContext.setLogLevel("ERROR")
        return session

    def _metastore(self) -> dict[str, str]:
        if "://" in self.warehouse:
            return {}
        catalogue = f"{self.warehouse}/metastore_db"
        return {
            "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={catalogue};create=true",
            "spark.driver.extraJavaOptions": f"-Dderby.stream.error.file={self.warehouse}/derby.log",
        }


@contextmanager
def _reported(where: str) -> Iterator[None]:
    """Spark's refusals as BuildError."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise BuildError(f"Spark refuses: {' '.join(str(error).split())[:500]}", where=where) from error
