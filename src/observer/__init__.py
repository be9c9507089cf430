"""Open Source Observer: measures the impact of open source software."""

__version__ = "0.1.0"
