"""Simulation studies: whether an estimator is right, over a thousand worlds whose truth is known.

:func:`study` simulates the worlds and fits every estimator to each of them, on all cores of one machine or on a
cluster. :func:`study_summary` says how far off each estimator is on average, and how often its interval is right.
:func:`calibrate` asks the same of a model against its own prior.
"""

from rethinking.studies.calibration import calibrate
from rethinking.studies.run import StudyWarning, study
from rethinking.studies.summary import study_summary

__all__ = ["StudyWarning", "calibrate", "study", "study_summary"]
