"""A server on 127.0.0.1 that plays an upstream from samples, with faults where a test scripts them."""

from observer.testing.upstream.server import Asked, Reply, Upstream

__all__ = ["Asked", "Reply", "Upstream"]
