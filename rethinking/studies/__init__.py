"""Simulation studies: whether an estimator is right, over a thousand worlds whose truth is known.

:func:`study` simulates the worlds and fits every estimator to each of them, on all cores of one machine or on a
cluster. :func:`study_summary` says how far off each estimator is on average, and how often its interval is right.
:func:`calibrate` asks the same of a model against its own prior. Names are loaded when they are first used, so that
a picture of a study needs no PyMC.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
