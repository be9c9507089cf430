"""The archive of the demo world: its files, what is in them, and the rest of the world around it."""
