"""Causal graphs that answer questions, and draw themselves.

`CausalGraph` is the whole of it: what to adjust for, which paths are open and which node decides, what the graph
implies for data, instruments and front doors, interventions, simulated data, and whether data and models agree with it.

Importing this loads neither PyMC nor Matplotlib nor networkx; each is loaded by the first question that needs it.
"""

from rethinking.causal.drawing.composition import CausalDrawing, draw_causal_graph
from rethinking.causal.graph import CausalGraph

__all__ = ["CausalDrawing", "CausalGraph", "draw_causal_graph"]
