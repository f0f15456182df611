"""The kinds of question of a sheet; each computes its answer, and marks what a student gives."""
