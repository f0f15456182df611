"""Causal graphs: drawn here, laid out by Graphviz (through pygraphviz, which brings its own copy)."""

from rethinking.causal.drawing import CausalDrawing, draw_causal_graph

__all__ = ["CausalDrawing", "draw_causal_graph"]
