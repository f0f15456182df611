"""A graph and data: worlds simulated from it, and data held against what it implies."""
