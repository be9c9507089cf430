"""SQL of strangers over a release: what the API asks, and the sandboxed processes that answer it."""
