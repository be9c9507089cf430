"""Impact vectors: one metric over a set of projects at one moment, brought to 0..1, with the reasoning behind it."""
