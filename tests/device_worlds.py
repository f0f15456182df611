"""A study on a device that kills its own process when some replicates are in the store."""

import os
import signal
import sys

from normal_worlds import normal_mean, simulate

import rethinking as rt


def heights(data):
    return {"heights": data["y"]}


RIGHT = {"right": rt.estimator(normal_mean, heights)}

if __name__ == "__main__":
    from rethinking.studies.storage.store import Store

    original, written = Store.write, []

    def last_words(self, replicate):
        original(self, replicate)
        written.append(replicate.k)
        if len(written) == 20:
            os.kill(os.getpid(), signal.SIGKILL)

    Store.write = last_words
    options = {"seed": 3, "engine": "jax", "chunk": 16, "draws": 100, "tune": 100, "chains": 2}
    rt.study(simulate, RIGHT, replicates=40, store=sys.argv[1], **options)
