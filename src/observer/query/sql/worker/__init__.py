"""What runs inside of a worker process: text of strangers, behind every fence that the system has."""
