"""Nasty files made on the spot, each with what it is and what must come of it: none is stored."""
