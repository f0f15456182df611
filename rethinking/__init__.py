"""Statistical Rethinking for Python people: what a course in causal, Bayesian thinking needs beyond PyMC and ArviZ.

Data with provenance, causal graphs, sampling that compiles once, marks for figures, and the pages of the book as
modules. Names are loaded when they are first used, so ``import rethinking as rt`` is quick and does not import PyMC.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["causal", "distributions", "exercises", "plots"],
    submod_attrs={
        "causal.drawing": ["draw_causal_graph"],
        "causal.graph": ["CausalGraph"],
        "book.pages": ["lecture"],
        "display": ["page_footer", "prior_explorer", "show_model", "shrinkage_explorer"],
        "datasets": ["DataUnavailable", "describe_data", "list_data", "load_data"],
        "exercises.quiz": ["GraphQuiz", "graph_quiz"],
        "plots": [
            "plot_bands",
            "plot_density",
            "plot_errorbar",
            "plot_errors",
            "plot_estimates",
            "plot_line",
            "plot_performance",
            "plot_scatter",
            "plot_shrinkage",
            "use_style",
        ],
        "studies": ["StudyWarning", "calibrate", "study", "study_summary"],
        "sampling": ["ConvergenceWarning", "Sampler", "SweepWarning", "convergence", "sample"],
        "transforms": ["center", "index_of", "invlogit", "logit", "standardize", "unstandardize"],
    },
)
