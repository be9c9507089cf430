"""Runs the code of an insight in a process of its own that the kernel confines."""
