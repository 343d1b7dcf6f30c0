"""Whole runs of the deployed definitions in virtual time: a simulated account, named faults, scenarios."""
