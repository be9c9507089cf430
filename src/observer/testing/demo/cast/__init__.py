"""Who and what exists in the demo world."""
