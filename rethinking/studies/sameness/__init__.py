"""Whether two functions, or two models, are the same: so that a study goes on only as what it was."""
