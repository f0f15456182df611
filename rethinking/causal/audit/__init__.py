"""A graph and a PyMC model: whether the model estimates the effect that the graph asks for."""
