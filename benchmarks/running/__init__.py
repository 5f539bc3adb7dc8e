"""From an experiment to a record: jobs, worker processes, one run."""
