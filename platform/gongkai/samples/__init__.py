"""Sample data: fictitious institutions, rows that pass every check, a year of events.

Everything here repeats: the same arguments give the same rows, on any machine. No clock, no
network, nothing real: the province, its cities, bodies, people, makers and documents do not
exist; only the vocabulary (diseases, departments, generic drug names) is the field's own.
"""
