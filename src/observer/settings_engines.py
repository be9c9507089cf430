"""The sections of observer.toml that say where other engines than the warehouse are."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from observer.settings_section import OptionalText, Section


def _properties(value: object) -> object:
    """Properties out of the text `key=value key=value`, as a variable of the environment gives them."""
    if isinstance(value, str):
        return dict(word.partition("=")[::2] for word in value.split())
    return value


class BigQuerySettings(Section):
    """Where `--target bigquery` builds: a project whose datasets raw, staging, intermediate and marts are the models'.

    `keyfile` is a service account's, relative to observer.toml; without it the machine's application default
    credentials count. `api_endpoint` is another server than Google's. `maximum_bytes_billed` stops larger queries.
    """

    project: OptionalText = None
    location: OptionalText = None
    keyfile: OptionalText = None
    api_endpoint: OptionalText = None
    maximum_bytes_billed: int = Field(default=0, ge=0)


class SparkSettings(Section):
    """Where `--target spark` builds: a cluster by its master, and the place of its tables.

    `warehouse` is a folder (relative to the data folder) or an address that driver and workers reach under one name.
    `config` holds properties of Spark itself; in a variable they are written `key=value key=value`.
    """

    master: str = "local[*]"
    warehouse: str = "spark"
    config: Annotated[dict[str, str], BeforeValidator(_properties)] = Field(default={})
