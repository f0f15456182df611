"""Numbers and options of a study, refused in a sentence before any work begins."""

from numbers import Integral, Real
from os import PathLike
from typing import Any

from rethinking._arguments import require_choice, require_extra, require_switch, require_whole
from rethinking._names import kind_of, told
from rethinking.studies.cluster import require_client, require_one_thread

__all__ = ["chosen", "require_arguments", "require_engine", "require_whole"]

TUNE = 400  # of engine="jax" where draws are given, as many as nutpie's own number
ENOUGH = {"draws": 600, "tune": 200, "chains": 2}
ADAPTATIONS = ("diag", "low_rank")
ENGINES, PRECISIONS = ("nutpie", "jax"), ("single", "double")


def chosen(
    draws: int | None,
    tune: int | None,
    chains: int | None,
    target_accept: float,
    adaptation: str,
    prob: float,
    engine: str = "nutpie",
    precision: str | None = None,
) -> dict[str, Any]:
    """Return the options of every fit of a study, which belong to what its numbers depend on."""
    for name, value, least in [("draws", draws, 4), ("tune", tune, 1), ("chains", chains, 1)]:
        if value is not None:
            require_whole(name, value, least)
    require_probability("target_accept", target_accept)
    require_probability("prob", prob)
    require_choice("adaptation", adaptation, ADAPTATIONS)
    if draws is None:
        asked = {"tune": tune, "chains": chains}
        found = ENOUGH | {name: value for name, value in asked.items() if value is not None} | {"until_enough": True}
    else:
        found = {"draws": draws, "tune": tune, "chains": 4 if chains is None else chains, "until_enough": False}
    plain = {name: int(value) if isinstance(value, Integral) else value for name, value in found.items()}
    plain["until_enough"] = found["until_enough"]
    plain |= {"target_accept": float(target_accept), "adaptation": adaptation, "prob": float(prob)}
    if engine == "jax":
        plain |= {"engine": engine, "precision": precision or "single", "tune": plain["tune"] or TUNE}
    return plain


def require_engine(engine: Any, precision: Any, chunk: Any, adaptation: Any, cores: Any) -> None:
    """Raise TypeError or ValueError if an option is wrong, or belongs to the other engine; the sentence names it."""
    require_choice("engine", engine, ENGINES)
    if precision is not None:
        require_choice("precision", precision, PRECISIONS)
    if chunk is not None:
        require_whole("chunk", chunk, 1)
    if engine == "nutpie":
        given = [name for name, value in [("precision", precision), ("chunk", chunk)] if value is not None]
        if given:
            msg = f"{given[0]}= belongs to engine='jax'; the default one fits world by world, in double precision."
            raise ValueError(msg)
        return
    for module in ("jax", "numpyro"):
        require_extra(module, "engine='jax'", "jax")
    if isinstance(adaptation, str) and adaptation == "low_rank":
        msg = "adaptation='low_rank' belongs to the default engine: leave it out, or leave out engine='jax'."
        raise ValueError(msg)
    if cores is not None:
        msg = "cores= belongs to the default engine; with engine='jax' give chunk=, the number of worlds at once."
        raise ValueError(msg)


def require_arguments(
    replicates: Any, seed: Any, cores: Any, seconds: Any, client: Any, store: Any, progress: Any, engine: Any
) -> None:
    """Raise an error, one sentence, for the first argument of a study with which it could not begin."""
    require_whole("replicates", replicates, 1)
    require_whole("seed", seed, 0)
    if cores is not None:
        require_whole("cores", cores, 1)
    if progress is not None:
        require_switch("progress", progress)
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, Real) or float(seconds) <= 0):
        msg = f"seconds must be a number > 0, but is {told(seconds)}."
        raise ValueError(msg)
    if client is not None:
        require_extra("distributed", "client=", "cluster")
        require_client(client)
        if engine == "jax":
            require_one_thread(client)
    if store is not None:
        for module in ("zarr", "numcodecs", "google_crc32c", "filelock"):
            require_extra(module, "store=", "cluster")
        if not isinstance(store, str | PathLike):
            msg = f"store must be the path of a folder, such as 'study.zarr', but is {kind_of(store)}."
            raise TypeError(msg)


def require_probability(name: str, value: Any) -> None:
    """Raise TypeError or ValueError unless a value is a number between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = f"{name} must be a number between 0 and 1, but is {told(value)}."
        raise TypeError(msg)
    if not 0 < float(value) < 1:
        msg = f"{name} must be a number between 0 and 1, such as 0.89, but is {value}."
        raise ValueError(msg)
