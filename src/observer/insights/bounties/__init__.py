"""Bounties: what work on the directory is paid, what a change earns, and who was paid what."""
