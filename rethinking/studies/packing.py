"""A design as bytes, for processes that have none of the modules from which its functions come."""

import sys

import cloudpickle

from rethinking.studies.design import Design
from rethinking.studies.estimators import Estimator
from rethinking.studies.sameness.references import is_installed

__all__ = ["packed"]


def packed(design: Design) -> bytes:
    """Return a design as bytes that can be loaded where only rethinking is installed.

    Functions of a notebook or a page are sent as code anyway; so are those of a module that is not installed, such as
    a script beside the notebook, which the workers may not find.

    Raises
    ------
    TypeError
        If something that the functions use cannot be sent.
    """
    functions = [design.simulate]
    for one in design.estimators.values():
        functions += [one.build, one.inputs] if isinstance(one, Estimator) else [one]
    names = {getattr(f, "__module__", None) or "__main__" for f in functions}
    already = cloudpickle.list_registry_pickle_by_value()
    sent = [sys.modules[name] for name in names - {"__main__"} - already if name in sys.modules]
    sent = [module for module in sent if not is_installed(module.__name__)]
    for module in sent:
        cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(design)
    except Exception as error:
        why = str(error).removesuffix(".")
        msg = (
            f"The functions of this study cannot be sent to workers ({why}): let them make what they need from the"
            f" data, instead of using a compiled model or an open file from outside."
        )
        raise TypeError(msg) from error
    finally:
        for module in sent:
            cloudpickle.unregister_pickle_by_value(module)
