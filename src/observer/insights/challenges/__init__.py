"""Data challenges: rules, deadline, pool, submissions, review, payouts."""
