# The names of this room, as editors and type checkers read them; `__init__.py` loads them lazily from this list.
from .calibration import calibrate as calibrate
from .clock import study_seconds as study_seconds
from .estimators import estimator as estimator
from .missing import StudyWarning as StudyWarning
from .run import study as study
from .summary import study_summary as study_summary
