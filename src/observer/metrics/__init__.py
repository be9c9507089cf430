"""Metric definitions: reads `metrics/**/*.yaml`, gives rows for the warehouse and text for people."""

from observer.metrics.catalogue import Catalogue, load_metrics
from observer.metrics.documentation import describe
from observer.metrics.rows import DEFINITIONS_SCHEMA, definition_rows

__all__ = ["DEFINITIONS_SCHEMA", "Catalogue", "definition_rows", "describe", "load_metrics"]
