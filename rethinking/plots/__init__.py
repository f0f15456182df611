"""Marks: small drawings that take an Axes and return the artists that they added.

ArviZ draws whole figures of a fit (forest, trace, rank, predictive checks). A mark is for what it leaves open: one
thing more on an Axes that you already have. Every mark draws on `ax`, or on the current axes if `ax` is None, touches
no other axes, changes none of its inputs, and adds no legend: call ``ax.legend()``, or for a legend above the axes
``fig.legend(loc="outside upper left", ncols=2)``, when all marks are drawn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
