"""A fitted model in which some variables are set: the worlds that predictions and contrasts ask about.

A fit holds draws, data and labels (:mod:`~rethinking.predictions.worlds.fit`). Values that a user gives are read as
labels or codes (:mod:`~rethinking.predictions.worlds.codes`) and put in place of a model's variables
(:mod:`~rethinking.predictions.worlds.settings`). What depends on them is drawn anew, the rest stays as it was
(:mod:`~rethinking.predictions.worlds.dependence`), and one compiled function goes through the draws in blocks
(:mod:`~rethinking.predictions.worlds.evaluation`).
"""
