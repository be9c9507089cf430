"""Ecosystem reports: text, charts and tables on one collection, made again with new releases."""
