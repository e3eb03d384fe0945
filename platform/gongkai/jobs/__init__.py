"""Scheduled work: what runs when, and the ticker that runs it."""
