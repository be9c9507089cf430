"""Google BigQuery through its own client: load jobs for raw tables, dry runs for estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer.errors import BuildError, ConfigError

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud.bigquery import Client, SchemaField

SCHEMAS = ("raw", "staging", "intermediate", "marts")
_THREADS = 4


@dataclass
class BigQuery:
    """A project of BigQuery that holds the four schemas as datasets.

    `api_endpoint` is another server than Google's, such as an emulator, which is asked without credentials. Otherwise
    the machine's application default credentials count, or the service account in `keyfile`.
    """

    project: str
    location: str | None = None
    keyfile: Path | None = None
    api_endpoint: str | None = None
    maximum_bytes_billed: int | None = None
    name: str = field(default="bigquery", init=False)
    _client: Any = field(default=None, init=False, repr=False)

    def profile(self) -> Mapping[str, object]:
        output: dict[str, object] = {
            "type": "bigquery",
            "project": self.project,
            "dataset": "staging",
            "threads": _THREADS,
            "job_execution_timeout_seconds": 3600,
        }
        if self.location:
            output["location"] = self.location
        if self.maximum_bytes_billed:
            output["maximum_bytes_billed"] = self.maximum_bytes_billed
        if self.api_endpoint:
            # Any token: a server other than Google's is not asked with anybody's credentials.
            return {**output, "method": "oauth-secrets", "token": "anonymous", "api_endpoint": self.api_endpoint}
        if self.keyfile:
            return {**output, "method": "service-account", "keyfile": str(self.keyfile)}
        return {**output, "method": "oauth"}

    def open(self) -> None:
        with _reported("BigQuery"):
            for schema in SCHEMAS:
                dataset = f"{self.project}.{schema}"
                self.client.create_dataset(dataset, exists_ok=True)

    def load(self, table: str, file: Path) -> None:
        import pyarrow.parquet as pq
        from google.cloud import bigquery

        make_options: Any = bigquery.ParquetOptions
        options = make_options()
        options.enable_list_inference = True
        config = bigquery.LoadJobConfig(source_format=bigquery.SourceFormat.PARQUET)
        config.parquet_options = options
        name = f"{self.project}.raw.{table}"
        with _reported(f"raw.{table}"), file.open("rb") as content:
            if self._exists(name):
                config.write_disposition = bigquery.WriteDisposition.WRITE_TRUNCATE
            else:
                self.client.create_table(bigquery.Table(name, schema=_fields(pq.read_schema(file))))
            self.client.load_table_from_file(content, name, job_config=config).result()

    def drop(self, table: str) -> None:
        with _reported(f"raw.{table}"):
            self.client.delete_table(f"{self.project}.raw.{table}", not_found_ok=True)

    def fetch(self, relation: str, file: Path) -> int:
        import pyarrow.parquet as pq

        schema, table = relation.split(".")
        count = 0
        with _reported(relation):
            rows = self.client.query_and_wait(f"select * from `{self.project}`.`{schema}`.`{table}`")  # noqa: S608
            writer = None
            try:
                for batch in rows.to_arrow_iterable():
                    writer = writer or pq.ParquetWriter(file, batch.schema, compression="zstd")
                    writer.write_batch(batch)
                    count += batch.num_rows
                if writer is None:
                    pq.write_table(rows.to_arrow(create_bqstorage_client=False), file)
            finally:
                if writer is not None:
                    writer.close()
        return count

    def bytes_of(self, sql: str) -> int | None:
        from google.api_core.exceptions import GoogleAPICallError
        from google.cloud import bigquery

        config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
        try:
            found = self.client.query(sql, job_config=config).total_bytes_processed
        except GoogleAPICallError:
            return None
        return int(found) if found is not None else None

    def _exists(self, table: str) -> bool:
        from google.api_core.exceptions import NotFound

        try:
            self.client.get_table(table)
        except NotFound:
            return False
        return True

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def client(self) -> Client:
        """The client, opened once."""
        if self._client is None:
            self._client = self._connect()
        client: Client = self._client
        return client

    def _connect(self) -> Client:
        try:
            from google.api_core.client_options import ClientOptions
            from google.auth.credentials import AnonymousCredentials
            from google.auth.exceptions import DefaultCredentialsError
            from google.cloud import bigquery
        except ImportError as error:
            raise ConfigError("what BigQuery needs is not installed", hint="run `make deps-engines`") from error
        if self.api_endpoint:
            anonymous: Any = AnonymousCredentials
            return bigquery.Client(
                self.project,
                credentials=anonymous(),
                location=self.location,
                client_options=ClientOptions(api_endpoint=self.api_endpoint),
            )
        try:
            if self.keyfile:
                from_file: Any = bigquery.Client.from_service_account_json
                client: Client = from_file(str(self.keyfile), project=self.project, location=self.location)
                return client
            return bigquery.Client(self.project, location=self.location)
        except (DefaultCredentialsError, OSError, ValueError) as error:
            raise ConfigError(
                f"BigQuery has no credentials: {str(error).splitlines()[0]}",
                where="[bigquery]",
                hint="run `gcloud auth application-default login`, or set keyfile",
            ) from error


def _fields(schema: pa.Schema) -> list[SchemaField]:
    return [_field(schema.field(position)) for position in range(len(schema))]


def _field(field: pa.Field) -> SchemaField:
    import pyarrow as pa
    from google.cloud.bigquery import SchemaField

    kind, mode = field.type, "NULLABLE"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, mode = kind.value_type, "REPEATED"
    if pa.types.is_struct(kind):
        parts = [_field(kind.field(position)) for position in range(kind.num_fields)]
        return SchemaField(field.name, "RECORD", mode=mode, fields=parts)
    return SchemaField(field.name, _type_name(kind), mode=mode)


def _type_name(kind: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return "NUMERIC" if kind.scale <= 9 and kind.precision - kind.scale <= 29 else "BIGNUMERIC"
    checks = (
        (pa.types.is_integer, "INTEGER"),
        (pa.types.is_floating, "FLOAT"),
        (pa.types.is_boolean, "BOOLEAN"),
        (pa.types.is_timestamp, "TIMESTAMP"),
        (pa.types.is_date, "DATE"),
        (pa.types.is_binary, "BYTES"),
    )
    return next((name for check, name in checks if check(kind)), "STRING")


@contextmanager
def _reported(where: str) -> Iterator[None]:
    """BigQuery's refusals as BuildError."""
    from google.api_core.exceptions import GoogleAPIError

    try:
        yield
    except GoogleAPIError as error:
        raise BuildError(f"BigQuery refuses: {' '.join(str(error).split())[:500]}", where=where) from error
