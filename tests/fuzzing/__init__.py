"""Requests made up from the OpenAPI document and from grammars of GraphQL and SQL, and what no answer may be."""
