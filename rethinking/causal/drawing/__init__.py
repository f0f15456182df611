"""A graph as a picture: layout, marks, highlighted paths, and the picture that reacts."""

from rethinking.causal.drawing.composition import CausalDrawing, draw_causal_graph

__all__ = ["CausalDrawing", "draw_causal_graph"]
