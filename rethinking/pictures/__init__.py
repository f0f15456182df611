"""Pictures that react: a still SVG, and one small ES module that moves it.

An explorer is written in three steps: Python draws the still picture and computes everything that the picture may show,
a module in the form of `anywidget <https://anywidget.dev>`_ moves the marks of the still, and `Explorer` puts both on a
page, where they need no kernel, no library and no network.
"""

from rethinking.pictures.shell import Explorer

__all__ = ["Explorer"]
