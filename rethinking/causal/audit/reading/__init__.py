"""Reads a PyMC model into records of numbers and names, which is all that the verdict sees of it."""
