"""The Python client of an observatory: typed, sync and async, over REST, SQL and GraphQL. Needs httpx and nothing else.

from observer.client import Client

with Client("http://127.0.0.1:8080") as observatory:
    print(observatory.series("commits", "project/oso", grain="month").to_pandas())
"""

from observer.client.asynchronous import AsyncClient
from observer.client.errors import (
    AnswerError,
    AuthenticationError,
    ClientError,
    ConnectionFailedError,
    NotFoundError,
    RateLimitedError,
)
from observer.client.model import Entity, Event, Explanation, KeyMetric, Listed, Metric, Page, Point, SearchHit, Series
from observer.client.synchronous import Client
from observer.client.table import Table

__all__ = [
    "AnswerError",
    "AsyncClient",
    "AuthenticationError",
    "Client",
    "ClientError",
    "ConnectionFailedError",
    "Entity",
    "Event",
    "Explanation",
    "KeyMetric",
    "Listed",
    "Metric",
    "NotFoundError",
    "Page",
    "Point",
    "RateLimitedError",
    "SearchHit",
    "Series",
    "Table",
]
