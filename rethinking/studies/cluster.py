"""The same study on a dask cluster: functions are sent once to each worker and compiled there."""

import sys
from uuid import uuid4

import cloudpickle

from rethinking.studies.fits import Fitter
from rethinking.studies.references import is_installed


def run_on(client, design, replicates):
    """Yield each replicate when a worker has finished it.

    A replicate is one task. When a worker is lost, dask gives its tasks to others, and they come to the same numbers.

    Parameters
    ----------
    client : distributed.Client
    design : Design
    replicates : list of int

    Raises
    ------
    TypeError
        If a function cannot be sent.
    """
    from distributed import as_completed

    name = f"rethinking-study-{uuid4().hex}"
    client.register_plugin(_plugin(packed(design), name))
    futures = client.map(_run_one, replicates, plugin=name, key=[f"{name}-{k}" for k in replicates], pure=False)
    try:
        for future in as_completed(futures):
            yield future.result()
            future.release()
    finally:
        client.cancel(futures)
        if client.status == "running":
            client.unregister_worker_plugin(name)


def _plugin(design, name):
    """Return a worker plugin that holds a design's compiled estimators, also on workers that come later."""
    from distributed import WorkerPlugin

    class Study(WorkerPlugin):
        def setup(self, worker):
            self.fitter = Fitter(cloudpickle.loads(design))

    Study.name = name
    return Study()


def _run_one(k, plugin):
    from distributed import get_worker

    (replicate,) = get_worker().plugins[plugin].fitter.run([k])
    replicate.data = None
    return replicate


def packed(design):
    """Return a design as bytes that can be loaded where only rethinking is installed.

    Functions of a notebook or a page are sent as code anyway; so are those of a module that is not installed, such as
    a script beside the notebook, for the workers may not find it.
    """
    names = {getattr(f, "__module__", None) or "__main__" for f in (design.simulate, *design.estimators.values())}
    already = cloudpickle.list_registry_pickle_by_value()
    sent = [sys.modules[name] for name in names - {"__main__"} - already if name in sys.modules]
    sent = [module for module in sent if not is_installed(module.__name__)]
    for module in sent:
        cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(design)
    except Exception as error:
        msg = (
            f"The functions of this study cannot be sent to workers ({error}): let them make what they need from the"
            f" data, instead of using a compiled model or an open file from outside."
        )
        raise TypeError(msg) from error
    finally:
        for module in sent:
            cloudpickle.unregister_pickle_by_value(module)
