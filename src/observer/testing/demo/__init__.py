"""A fictitious ecosystem in the sources' own formats, with a key to all answers; deterministic and clearly labelled."""

from observer.testing.demo.world import DemoPaths, DemoWorld, demo_config, generate

__all__ = ["DemoPaths", "DemoWorld", "demo_config", "generate"]
