"""Verbs of the catalog: what a view, a job and a command share."""
