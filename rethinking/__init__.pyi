# The public names, as editors and type checkers read them; `__init__.py` loads them lazily from this list.
from . import causal as causal
from . import distributions as distributions
from . import exercises as exercises
from . import parts as parts
from . import plots as plots
from .book.pages import lecture as lecture
from .causal.drawing import draw_causal_graph as draw_causal_graph
from .causal.graph import CausalGraph as CausalGraph
from .datasets import (
    DataUnavailable as DataUnavailable,
)
from .datasets import (
    describe_data as describe_data,
)
from .datasets import (
    list_data as list_data,
)
from .datasets import (
    load_data as load_data,
)
from .display import (
    page_footer as page_footer,
)
from .display import (
    prior_explorer as prior_explorer,
)
from .display import (
    show_model as show_model,
)
from .display import (
    shrinkage_explorer as shrinkage_explorer,
)
from .exercises.quiz import GraphQuiz as GraphQuiz
from .exercises.quiz import graph_quiz as graph_quiz
from .in_page import live as live
from .indexing import index_of as index_of
from .parts import correlated_effects as correlated_effects
from .plots import (
    plot_bands as plot_bands,
)
from .plots import (
    plot_contrast as plot_contrast,
)
from .plots import (
    plot_density as plot_density,
)
from .plots import (
    plot_errorbar as plot_errorbar,
)
from .plots import (
    plot_errors as plot_errors,
)
from .plots import (
    plot_estimates as plot_estimates,
)
from .plots import (
    plot_line as plot_line,
)
from .plots import (
    plot_performance as plot_performance,
)
from .plots import (
    plot_scatter as plot_scatter,
)
from .plots import (
    plot_sensitivity as plot_sensitivity,
)
from .plots import (
    plot_shrinkage as plot_shrinkage,
)
from .plots import (
    use_style as use_style,
)
from .predictions import (
    PredictionWarning as PredictionWarning,
)
from .predictions import (
    contrast as contrast,
)
from .predictions import (
    contrast_table as contrast_table,
)
from .predictions import (
    counterfactual as counterfactual,
)
from .predictions import (
    digits as digits,
)
from .predictions import (
    predict as predict,
)
from .predictions import (
    sensitivity as sensitivity,
)
from .sampling import (
    ConvergenceWarning as ConvergenceWarning,
)
from .sampling import (
    Sampler as Sampler,
)
from .sampling import (
    SweepWarning as SweepWarning,
)
from .sampling import (
    convergence as convergence,
)
from .sampling import (
    sample as sample,
)
from .studies import (
    StudyWarning as StudyWarning,
)
from .studies import (
    calibrate as calibrate,
)
from .studies import (
    estimator as estimator,
)
from .studies import (
    study as study,
)
from .studies import (
    study_seconds as study_seconds,
)
from .studies import (
    study_summary as study_summary,
)
from .transforms import (
    center as center,
)
from .transforms import (
    invlogit as invlogit,
)
from .transforms import (
    logit as logit,
)
from .transforms import (
    standardize as standardize,
)
from .transforms import (
    unstandardize as unstandardize,
)

__version__: str
