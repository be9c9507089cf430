"""What the kernel takes from a process that runs the text of strangers: SQL, notebooks, scripts."""
