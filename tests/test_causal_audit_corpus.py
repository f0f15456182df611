"""A corpus of small models, each with a graph and a verdict that is computed: no audit may pass what is confounded.

Every case has a world that follows its graph, a model, and a fit: what the model's coefficient of the exposure is with
much data, by regression, maximum likelihood or enumeration, written without the package. The computed verdict is
"valid" if that is the true average effect. The audit sees the model (with few of the rows) and the graph only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from scipy import optimize, special, stats

import rethinking as rt

# Some cases have missing values, which PyMC imputes; whichever test comes first makes all audits.
pytestmark = pytest.mark.filterwarnings("ignore::pymc.exceptions.ImputationWarning")

ROWS, SHOWN, SIZE = 16_000, 240, 8
# Estimates are this near to the truth if the model is right, and farther than that if it is wrong.
NEAR, FAR = 0.06, 0.08


# Worlds


@dataclass(frozen=True)
class World:
    graph: str
    truth: float
    data: dict
    unobserved: tuple = ()
    direct: float | None = None


def normal(rng, mean=0.0, sd=1.0):
    return np.broadcast_to(mean, (ROWS,)) + sd * rng.normal(size=ROWS)


def fork(rng):
    Z = normal(rng)
    X = normal(rng, Z)
    return World("Z -> X; Z -> Y; X -> Y", 0.5, {"Z": Z, "X": X, "Y": normal(rng, 0.5 * X + Z)})


def with_another_cause(rng):
    Z, P = normal(rng), normal(rng)
    X = normal(rng, Z)
    data = {"Z": Z, "P": P, "X": X, "Y": normal(rng, 0.5 * X + Z + P)}
    return World("Z -> X; Z -> Y; X -> Y; P -> Y", 0.5, data)


def two_outcomes(rng):
    made = fork(rng).data
    mean = 0.5 * made["X"] + made["Z"]
    return World("Z -> X; Z -> Y; X -> Y", 0.5, {**made, "Ya": normal(rng, mean), "Yb": normal(rng, mean)})


def twins(rng):
    V, W = normal(rng), normal(rng)
    X = normal(rng, V + W)
    data = {"V": V, "W": W, "X": X, "Y": normal(rng, 0.5 * X + V - 0.5 * W)}
    return World("V -> X; W -> X; V -> Y; W -> Y; X -> Y", 0.5, data)


def positive(rng):
    Z = np.exp(normal(rng, 0, 0.6))
    X = normal(rng, Z)
    return World("Z -> X; Z -> Y; X -> Y", 0.5, {"Z": Z, "X": X, "Y": normal(rng, 0.5 * X + Z)})


def curved(rng):
    """A confounder whose effects are a curve."""
    Z = normal(rng)
    X = normal(rng, Z**2)
    return World("Z -> X; Z -> Y; X -> Y", 0.5, {"Z": Z, "X": X, "Y": normal(rng, 0.5 * X + np.cos(2 * Z) + Z**2)})


def modified(rng):
    """The effect of X differs with Z, whose mean is 1."""
    Z = normal(rng, 1)
    X = normal(rng, Z)
    data = {"Z": Z, "X": X, "Y": normal(rng, 0.5 * X + Z + 0.8 * X * Z)}
    return World("Z -> X; Z -> Y; X -> Y", 0.5 + 0.8, data)


def bent(rng):
    """The effect of X is a curve; on average its slope is 2 E[X]."""
    Z = normal(rng)
    X = normal(rng, 1 + Z)
    return World("Z -> X; Z -> Y; X -> Y", 2.0, {"Z": Z, "X": X, "Y": normal(rng, X**2 + Z)})


def null_product(rng):
    """No effect; a product of X and Z looks like one, unless Z is held."""
    Z = normal(rng)
    X = normal(rng, Z)
    return World("Z -> X; Z -> Y; X -> Y", 0.0, {"Z": Z, "X": X, "Y": normal(rng, Z)})


def collider(rng):
    X = normal(rng)
    Y = normal(rng, 0.5 * X)
    return World("X -> Y; X -> C; Y -> C", 0.5, {"X": X, "Y": Y, "C": normal(rng, X + Y)})


def pipe(rng):
    X = normal(rng)
    M = normal(rng, 0.7 * X)
    data = {"X": X, "M": M, "D": normal(rng, M), "Y": normal(rng, 0.3 * X + M)}
    return World("X -> M -> Y; X -> Y; M -> D", 1.0, data, direct=0.3)


def m_shape(rng):
    U, V, X0 = normal(rng), normal(rng), normal(rng)
    Z, X = normal(rng, U + V, 0.5), X0 + U
    data = {"Z": Z, "X": X, "Y": normal(rng, 0.5 * X + V)}
    return World("U -> X; U -> Z; V -> Z; V -> Y; X -> Y", 0.5, data, ("U", "V"))


def bystander(rng):
    """Z is a cause of the outcome alone."""
    X, Z = normal(rng), normal(rng)
    return World("X -> Y; Z -> Y", 0.5, {"X": X, "Z": Z, "Y": normal(rng, 0.5 * X + Z, 0.5)})


def instrument(rng):
    U, Z = normal(rng), normal(rng)
    X = normal(rng, Z + U, 0.7)
    return World("Z -> X; U -> X; U -> Y; X -> Y", 0.5, {"Z": Z, "X": X, "Y": normal(rng, 0.5 * X + U, 0.7)}, ("U",))


def traced(rng):
    """The exposure is seen with an error of known size."""
    Z = normal(rng)
    X = normal(rng, Z)
    data = {"Z": Z, "X": X, "S": normal(rng, X, 0.8), "Y": normal(rng, 0.5 * X + Z)}
    return World("Z -> X; Z -> Y; X -> Y; X -> S", 0.5, data)


def lone_trace(rng):
    X = normal(rng)
    return World("X -> Y; X -> S", 0.5, {"X": X, "S": normal(rng, X, 0.8), "Y": normal(rng, 0.5 * X)})


def proxy(rng):
    """Nobody observed the confounder; P is a proxy of it."""
    U = normal(rng)
    X, P = normal(rng, U), normal(rng, U, 0.8)
    data = {"X": X, "P": P, "U": U, "Y": normal(rng, 0.5 * X + U)}
    return World("U -> X; U -> Y; X -> Y; U -> P", 0.5, data, ("U",))


def levels(rng):
    """A confounder of three levels, an exposure of two."""
    Z = rng.integers(0, 3, ROWS)
    X = rng.binomial(1, np.array([0.2, 0.5, 0.8])[Z])
    Y = normal(rng, 0.5 * X + np.array([0.0, 2.0, 1.0])[Z])
    return World("Z -> X; Z -> Y; X -> Y", 0.5, {"Z": Z, "X": X, "Y": Y})


def by_group(rng, outcome="normal", size=SIZE):
    U = rng.normal(size=ROWS // size)
    group = np.repeat(np.arange(len(U)), size)
    X = normal(rng, U[group])
    mean = 0.5 * X + U[group]
    draw = {"normal": lambda: normal(rng, mean), "count": lambda: rng.poisson(np.exp(mean - 1))}
    draw["binary"] = lambda: rng.binomial(1, special.expit(X + U[group]))
    T = rng.normal(size=len(U))
    Y = draw[outcome]() + (0.5 * T[group] if outcome == "normal" else 0)
    return World("G -> X; G -> Y; X -> Y", 1.0 if outcome == "binary" else 0.5, {"G": group, "X": X, "Y": Y, "T": T})


def hidden_groups(rng, outcome="normal", size=SIZE):
    seen = by_group(rng, outcome, size)
    return World("U -> X; U -> Y; X -> Y; T -> Y", seen.truth, seen.data, ("U",))


def binary_groups(rng):
    return hidden_groups(rng, "binary")


def large_binary_groups(rng):
    return hidden_groups(rng, "binary", 80)


def count_groups(rng):
    return hidden_groups(rng, "count")


def answer(rng, kind):
    """A fork whose outcome is not normal; the effect is the coefficient given Z."""
    Z = normal(rng, 0, 0.7)
    X = normal(rng, Z, 0.7)
    mean = 0.5 * X + Z
    makers = {
        "binary": lambda: rng.binomial(1, special.expit(mean)),
        "probit": lambda: rng.binomial(1, special.ndtr(mean)),
        "trials": lambda: rng.binomial(10, special.expit(mean)),
        "count": lambda: rng.poisson(np.exp(mean)),
        "rate": lambda: rng.poisson(np.exp(mean) * np.where(np.arange(ROWS) % 2, 2.0, 0.5)),
        "overdispersed": lambda: rng.poisson(np.exp(mean) * rng.gamma(2, 0.5, ROWS)),
        "gamma": lambda: rng.gamma(3, np.exp(mean) / 3),
        "beta": lambda: rng.beta(20 * special.expit(mean), 20 * special.expit(-mean)),
        "ordered": lambda: np.digitize(mean + rng.logistic(size=ROWS), [-1, 0, 1]),
        "lognormal": lambda: np.exp(normal(rng, mean)),
        "heavy": lambda: mean + rng.standard_t(3, ROWS),
        "cut": lambda: np.clip(normal(rng, mean), -1, None),
        "zeros": lambda: rng.poisson(np.exp(mean)) * rng.binomial(1, 0.7, ROWS),
        "category": lambda: (special.expit(mean) > rng.random(ROWS)) * rng.integers(1, 3, ROWS),
        "uneven": lambda: normal(rng, mean, np.exp(0.5 * Z)),
        "regimes": lambda: mean + np.where(rng.random(ROWS) < 0.5, 6.0, 0.0) + rng.normal(size=ROWS),
    }
    exposed = np.where(np.arange(ROWS) % 2, 2.0, 0.5)
    return World("Z -> X; Z -> Y; X -> Y", 0.5, {"Z": Z, "X": X, "Y": makers[kind](), "E": exposed})


@cache
def world(made, *kind) -> World:
    """Return a world, the same for all its cases."""
    return made(np.random.default_rng(13), *kind)


# What a model's coefficient is with much data


def ols(w, *others, x="X", y="Y", data=None):
    """The coefficient of x in a regression on the columns named, or given."""
    data = data or w.data
    columns = [data[each] if isinstance(each, str) else each for each in (x, *others)]
    frame = np.column_stack([np.ones(len(columns[0])), *columns])
    return np.linalg.lstsq(frame, data[y], rcond=None)[0][1]


def within(w):
    """Unpooled intercepts: everything as deviations from the means of its group."""
    x, y = (held - np.repeat(held.reshape(-1, SIZE).mean(axis=1), SIZE) for held in (w.data["X"], w.data["Y"]))
    return x @ y / (x @ x)


def pooled(w):
    """Normal intercepts by group of learned spread: the best share of the group's mean to subtract, by enumeration."""
    x, y = (w.data[name].reshape(-1, SIZE) for name in "XY")
    best = (-np.inf, 0)
    for share in np.linspace(0, 0.99, 100):
        one, two = (held - share * held.mean(axis=1, keepdims=True) for held in (x, y))
        slope = np.cov(one.ravel(), two.ravel())[0, 1] / one.var()
        left = np.var(two - slope * one)
        best = max(best, (len(x) * np.log1p(-share) - x.size / 2 * np.log(left), slope))
    return best[1]


def maximum(loglik, start):
    """The first element of the parameters with the highest likelihood."""
    found = optimize.minimize(lambda p: -loglik(p).mean(), start, method="BFGS", options={"gtol": 1e-4})
    return found.x[0]


def likelihood(w, density, *others, extra=(0.0,), x="X"):
    """The coefficient of x in a model whose log-density is a function of the linear model, the outcome and more."""
    others = [w.data[each] if isinstance(each, str) else each for each in others]
    frame = np.column_stack([w.data[x], np.ones(ROWS), *others])
    k = frame.shape[1]
    start = np.concatenate([np.full(k, 0.1), extra])
    return maximum(lambda p: density(frame @ p[:k], w.data["Y"], *p[k:]), start)


def logit(eta, y, trials=1):
    return y * eta - trials * np.logaddexp(0, eta)


def poisson(eta, y):
    return y * eta - np.exp(np.clip(eta, None, 20))


def binary_intercepts(size):
    """Unpooled intercepts by group under a prior of sd 10, binary outcome: each is maximised over, given the slope."""

    def fit(w):
        x, y = (w.data[name].reshape(-1, size) for name in "XY")

        def loss(slope):
            a = np.zeros(len(x))
            for _ in range(60):
                p = special.expit(a[:, None] + slope * x)
                step = ((y - p).sum(axis=1) - a / 100) / ((p * (1 - p)).sum(axis=1) + 0.01)
                a = a + np.clip(step, -2, 2)
            eta = a[:, None] + slope * x
            return -(logit(eta, y).sum() - (a**2).sum() / 200)

        return optimize.minimize_scalar(loss, bracket=(0.5, 1.5), tol=1e-3).x

    return fit


def count_intercepts(w):
    """Unpooled intercepts by group, counts: what is left is a multinomial within each group."""
    x, y = (w.data[name].reshape(-1, SIZE) for name in "XY")
    return maximum(lambda p: (y * (p[0] * x - special.logsumexp(p[0] * x, axis=1, keepdims=True))).sum(axis=1), [0.1])


def measured(knows):
    """A latent exposure seen with sd 0.8; the mean of its prior is a line in Z, or does not know Z."""

    def fit(w):
        S, Y, Z = (w.data[name] for name in "SYZ")

        def loglik(p):
            slope, c, m, g, t, s, a = *p[:4], *np.exp(p[4:6]), p[6]
            mean = m + (g * Z if knows else 0)
            one, two = S - mean, Y - (a + slope * mean + c * Z)
            vS, vY, cov = t**2 + 0.64, slope**2 * t**2 + s**2, slope * t**2
            det = vS * vY - cov**2
            return -0.5 * (np.log(det) + (vY * one**2 - 2 * cov * one * two + vS * two**2) / det)

        return maximum(loglik, [0.3, 0.5, 0, 0.1, 0, 0, 0])

    return fit


def attenuated(w):
    """The same without Z at all: the slope on what was seen, divided by its reliability."""
    S = w.data["S"]
    return ols(w, x="S") * S.var() / (S.var() - 0.64)


def imputed(knows):
    """Z missing in every other row, filled in from a normal around a line in X, or around a mean."""

    def fit(w):
        X, Y, Z = (w.data[name] for name in "XYZ")
        gone = np.arange(ROWS) % 2 == 0

        def loglik(p):
            slope, c, a, m, g, t, s = *p[:5], *np.exp(p[5:])
            mean = m + (g * X if knows else 0)
            seen = stats.norm.logpdf(Y, a + slope * X + c * Z, s) + stats.norm.logpdf(Z, mean, t)
            return np.where(gone, stats.norm.logpdf(Y, a + slope * X + c * mean, np.hypot(s, c * t)), seen)

        return maximum(loglik, [0.3, 0.5, 0, 0, 0.1, 0, 0])

    return fit


def ratio(w):
    """What an instrument says, by a joint normal model with as many moments as parameters."""
    return ols(w, x="Z") / ols(w, x="Z", y="X")


def curves(name, degree=7):
    return lambda w: ols(w, *(stats.zscore(w.data[name]) ** power for power in range(1, degree + 1)))


def mixed(w, both):
    """Two normal components, of which both or only the first hold Z."""
    X, Y, Z = (w.data[name] for name in "XYZ")

    def loglik(p):
        slope, c, a, e, s, t, q = *p[:4], *np.exp(p[4:6]), special.expit(p[6])
        one = stats.norm.logpdf(Y, a + slope * X + c * Z, s)
        two = stats.norm.logpdf(Y, 6 + e + slope * X + (c * Z if both else 0), t)
        return np.logaddexp(np.log(q) + one, np.log1p(-q) + two)

    return maximum(loglik, [0.3, 0.3, 0, 0, 0, 0, 0])


def together(w):
    """Both outcomes, one slope."""
    return (ols(w, "Z", y="Ya") + ols(w, "Z", y="Yb")) / 2


def half_together(w):
    """Both outcomes, one slope, Z for the first only: half way between two regressions, weighted by what X tells."""
    X, Z, Ya, Yb = (w.data[name] for name in ("X", "Z", "Ya", "Yb"))

    def loglik(p):
        return stats.norm.logpdf(Ya, p[0] * X + p[1] * Z, np.exp(p[2])) + stats.norm.logpdf(Yb, p[0] * X, np.exp(p[3]))

    return maximum(loglik, [0.3, 0.3, 0, 0])


# Cases


@dataclass(frozen=True)
class Case:
    world: World
    build: Callable
    fit: Callable | None
    names: Mapping = field(default_factory=dict)
    effect: str = "total"


CASES: dict[str, Case] = {}


def case(made, fit, names=None, kind=(), effect="total", label=""):
    """Add a case to the corpus: a function that adds a model's variables, given the data."""

    def add(build):
        CASES[build.__name__.strip("_") + label] = Case(lambda: world(made, *kind), build, fit, names or {}, effect)
        return build

    return add


class Rows:
    """The first rows of a world: an attribute is a pm.Data, an item the plain array."""

    def __init__(self, held, rows=SHOWN):
        self._held, self.rows = held, rows

    def __getitem__(self, name):
        held = self._held[name]
        return held[: self.rows] if len(held) == ROWS else held[: int(self._held["G"][: self.rows].max()) + 1]

    def __getattr__(self, name):
        model = pm.modelcontext(None)
        return model[name] if name in model.named_vars else pm.Data(name, self[name])


def b(name, *args, **kwargs):
    held = pm.modelcontext(None).named_vars.get(f"b_{name}")
    return pm.Normal(f"b_{name}", *(args or (0, 1)), **kwargs) if held is None else held


def normal_outcome(d, mu, name="Y"):
    return pm.Normal(name, pm.Normal("a") + mu, pm.Exponential("sigma", 1), observed=d["Y"])


def audit_of(case):
    w = case.world()
    names = case.names(Rows(w.data)) if callable(case.names) else case.names
    with pm.Model() as model:
        case.build(Rows(w.data, 60 if "gaussian" in case.build.__name__ else SHOWN))
    dag = rt.CausalGraph(w.graph, unobserved=w.unobserved)
    return dag.audit(model, "X", "Y", names=names, effect=case.effect)


@cache
def computed(name):
    case = CASES[name]
    w = case.world()
    if case.fit is None:
        return "no coefficient"
    truth = w.direct if case.effect == "direct" else w.truth
    error = abs(case.fit(w) - truth)
    assert error < NEAR or error > FAR, f"{error:.3f} is neither near nor far"
    return "valid" if error < NEAR else "not valid"


# Lines


@case(fork, ols)
def naive(d):
    normal_outcome(d, b("X") * d.X)


@case(fork, lambda w: ols(w, "Z"))
def adjusted(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z)


@case(collider, ols)
def collider_left_out(d):
    normal_outcome(d, b("X") * d.X)


@case(collider, lambda w: ols(w, "C"))
def collider_held(d):
    normal_outcome(d, b("X") * d.X + b("C") * d.C)


@case(pipe, ols)
def mediator_left_out(d):
    normal_outcome(d, b("X") * d.X)


@case(pipe, lambda w: ols(w, "M"))
def mediator_held(d):
    normal_outcome(d, b("X") * d.X + b("M") * d.M)


@case(pipe, lambda w: ols(w, "M"), effect="direct")
def mediator_held_for_the_direct_effect(d):
    normal_outcome(d, b("X") * d.X + b("M") * d.M)


@case(pipe, ols, effect="direct")
def mediator_left_out_for_the_direct_effect(d):
    normal_outcome(d, b("X") * d.X)


@case(pipe, lambda w: ols(w, "D"))
def descendant_held(d):
    normal_outcome(d, b("X") * d.X + b("D") * d.D)


@case(pipe, lambda w: ols(w, w.data["M"] ** 2, "M"))
def mediator_as_a_curve(d):
    normal_outcome(d, b("X") * d.X + b("M") * d.M + b("M2") * d.M**2)


@case(pipe, lambda w: ols(w, w.data["M"] > 0))
def mediator_in_two_bins(d):
    pm.Data("M", d["M"])
    normal_outcome(d, b("X") * d.X + b("M") * (d["M"] > 0).astype(float))


@case(collider, lambda w: ols(w, w.data["C"] ** 3))
def cube_of_the_collider(d):
    normal_outcome(d, b("X") * d.X + b("C") * d.C**3)


@case(m_shape, ols)
def m_shape_left_alone(d):
    normal_outcome(d, b("X") * d.X)


@case(m_shape, lambda w: ols(w, "Z"))
def m_shape_opened(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z)


@case(bystander, ols)
def cause_of_the_outcome_left_out(d):
    normal_outcome(d, b("X") * d.X)


@case(bystander, lambda w: ols(w, "Z"))
def cause_of_the_outcome_held(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z)


@case(twins, lambda w: ols(w, "V"))
def one_of_two_confounders(d):
    normal_outcome(d, b("X") * d.X + b("V") * d.V)


@case(twins, lambda w: ols(w, "V", "W"))
def sum_and_difference_of_two_confounders(d):
    normal_outcome(d, b("X") * d.X + b("sum") * (d.V + d.W) + b("difference") * (d.V - d.W))


@case(twins, lambda w: ols(w, w.data["V"] + w.data["W"]))
def only_the_sum_of_two_confounders(d):
    normal_outcome(d, b("X") * d.X + b("sum") * (d.V + d.W))


@case(instrument, ols)
def hidden_cause(d):
    normal_outcome(d, b("X") * d.X)


@case(instrument, lambda w: ols(w, "Z"))
def instrument_as_a_predictor(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z)


@case(proxy, lambda w: ols(w, "P"))
def proxy_held(d):
    normal_outcome(d, b("X") * d.X + b("P") * d.P)


# The same in other words


@case(fork, lambda w: ols(w, "Z"))
def matrix_of_data(d):
    D = np.column_stack([d["X"], d["Z"]])
    pm.Data("X", d["X"]), pm.Data("Z", d["Z"])
    normal_outcome(d, pt.dot(D, b("all", shape=2)))


@case(fork, ols)
def matrix_of_data_without_z(d):
    D = np.column_stack([np.ones(d.rows), d["X"]])
    pm.Data("X", d["X"])
    normal_outcome(d, pt.dot(D, b("all", shape=2)))


@case(fork, lambda w: ols(w, "Z"), names=lambda d: {"X": d["X"], "Z": d["Z"]})
def arrays_without_names(d):
    normal_outcome(d, b("X") * stats.zscore(d["X"]) + b("Z") * d["Z"])


@case(fork, ols, names=lambda d: {"X": d["X"], "Z": d["Z"]})
def an_array_without_a_name(d):
    normal_outcome(d, b("X") * d["X"])


@case(fork, lambda w: ols(w, "Z"), names={"X": "exposure_s", "Z": "confounder"})
def other_names(d):
    normal_outcome(d, b("X") * pm.Data("exposure_s", d["X"]) + b("Z") * pm.Data("confounder", d["Z"]))


@case(with_another_cause, lambda w: ols(w, "P"), names={"P": "Z"})
def another_cause_called_as_the_confounder(d):
    normal_outcome(d, b("X") * d.X + b("Z") * pm.Data("Z", d["P"]))


@case(with_another_cause, lambda w: ols(w, "Z"), names={"Z": "P"})
def the_confounder_called_as_another_cause(d):
    normal_outcome(d, b("X") * d.X + b("Z") * pm.Data("P", d["Z"]))


@case(fork, lambda w: ols(w, "Z"))
def standardised_in_the_model(d):
    z = pm.Deterministic("z", (d.Z - d["Z"].mean()) / d["Z"].std())
    normal_outcome(d, b("X") * (d.X - 3) + b("Z") * z)


@case(fork, lambda w: ols(w, "Z"))
def centred_parameters(d):
    slope = pm.Normal("slope", pm.Normal("mean_slope"), pm.Exponential("spread", 1), shape=2)
    normal_outcome(d, slope[0] * d.X + slope[1] * d.Z)


@case(fork, lambda w: ols(w, "Z"))
def slope_as_an_exponential(d):
    normal_outcome(d, pt.exp(b("log")) * d.X + b("Z") * d.Z)


@case(fork, lambda w: ols(w, "Z"))
def own_deviations(d):
    own = pm.Normal("own", b("Z") * d.Z, pm.Exponential("spread", 1), shape=d.rows)
    normal_outcome(d, b("X") * d.X + own)


@case(fork, None)
def rotated_predictors(d):
    pm.Data("X", d["X"]), pm.Data("Z", d["Z"])
    Q = np.linalg.qr(np.column_stack([np.ones(d.rows), d["X"], d["Z"]]))[0]
    normal_outcome(d, pt.dot(Q, b("all", shape=3)))


@case(fork, lambda w: ols(w, "Z") - ols(w, "X", x="Z"))
def a_line_beside_a_sum(d):
    """The effect of X is the sum of both coefficients, not the one of X alone."""
    normal_outcome(d, b("X") * d.X + b("sum") * (d.X + d.Z))


@case(fork, lambda w: ols(w, "Z"))
def outcome_as_custom_dist(d):
    mu = b("X") * d.X + b("Z") * d.Z
    pm.CustomDist("Y", mu, dist=lambda mu, size: pm.Normal.dist(mu, 1, size=size), observed=d["Y"])


@case(fork, ols)
def outcome_as_custom_dist_without_z(d):
    pm.CustomDist("Y", b("X") * d.X, dist=lambda mu, size: pm.Normal.dist(mu, 1, size=size), observed=d["Y"])


@case(fork, ols)
def outcome_with_a_density_of_its_own(d):
    pm.CustomDist("Y", b("X") * d.X, logp=lambda value, mu: -((value - mu) ** 2), observed=d["Y"])


# Transformed


@case(positive, lambda w: ols(w, np.log(w.data["Z"])))
def logarithm_of_the_confounder(d):
    pm.Data("Z", d["Z"])
    normal_outcome(d, b("X") * d.X + b("Z") * np.log(d["Z"]))


@case(fork, lambda w: ols(w, w.data["Z"] ** 2))
def square_of_the_confounder(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z**2)


@case(fork, lambda w: ols(w, w.data["Z"] > 0))
def confounder_in_two_bins(d):
    pm.Data("Z", d["Z"])
    normal_outcome(d, b("X") * d.X + b("Z") * (d["Z"] > 0).astype(float))


@case(fork, lambda w: ols(w, *(w.data["Z"] > cut for cut in (-1, 0, 1))))
def confounder_in_four_bins_by_index(d):
    pm.Data("Z", d["Z"])
    normal_outcome(d, b("X") * d.X + b("bin", 0, 10, shape=4)[np.digitize(d["Z"], [-1, 0, 1])])


@case(fork, lambda w: ols(w, "Z", w.data["Z"] ** 2))
def confounder_as_a_parabola(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z + b("Z2") * d.Z**2)


def hats(values):
    knots = np.linspace(values.min(), values.max(), 8)
    return np.maximum(0, 1 - np.abs(values[:, None] - knots) / (knots[1] - knots[0]))


@case(curved, curves("Z", 12))
def spline_of_the_confounder(d):
    pm.Data("Z", d["Z"])
    normal_outcome(d, b("X") * d.X + pt.dot(hats(d["Z"]), b("knots", shape=8)))


@case(fork, curves("Z"))
def spline_with_learned_spread(d):
    pm.Data("Z", d["Z"])
    weights = pm.Exponential("tau", 1) * pm.Normal("z", shape=8)
    normal_outcome(d, b("X") * d.X + pt.dot(hats(d["Z"]), weights))


@case(curved, curves("Z", 12))
def gaussian_process_of_the_confounder(d):
    gp = pm.gp.Latent(cov_func=pm.gp.cov.ExpQuad(1, ls=pm.Exponential("length", 1)))
    normal_outcome(d, b("X") * d.X + gp.prior("f", X=d.Z[:, None]))


@case(curved, curves("Z", 12))
def gaussian_process_not_reparametrised(d):
    gp = pm.gp.Latent(cov_func=pm.gp.cov.ExpQuad(1, ls=pm.Exponential("length", 1)))
    normal_outcome(d, b("X") * d.X + gp.prior("f", X=d.Z[:, None], reparameterize=False))


@case(bent, None)
def spline_of_the_exposure(d):
    pm.Data("X", d["X"])
    normal_outcome(d, pt.dot(hats(d["X"]), b("knots", shape=8)) + b("Z") * d.Z)


@case(bent, None)
def gaussian_process_of_the_exposure(d):
    gp = pm.gp.Latent(cov_func=pm.gp.cov.ExpQuad(1, ls=pm.Exponential("length", 1)))
    normal_outcome(d, gp.prior("f", X=d.X[:, None]) + b("Z") * d.Z)


@case(bent, lambda w: ols(w, w.data["X"] ** 2, "Z"))
def exposure_as_a_parabola(d):
    normal_outcome(d, b("X") * d.X + b("X2") * d.X**2 + b("Z") * d.Z)


@case(bent, lambda w: ols(w, "Z", x="X2", data={**w.data, "X2": w.data["X"] ** 2}))
def square_of_the_exposure(d):
    normal_outcome(d, b("X2") * d.X**2 + b("Z") * d.Z)


def ridge(sd):
    """The coefficient of X where that of Z has a normal prior around 0, with as many rows as the audit sees."""

    def fit(w):
        x, y, z = (w.data[name] - w.data[name].mean() for name in "XYZ")
        gram = np.array([[x @ x, x @ z], [x @ z, z @ z + ROWS / SHOWN / sd**2]])
        return np.linalg.solve(gram, [x @ y, z @ y])[0]

    return fit


@case(fork, ridge(0.01))
def confounder_under_a_narrow_prior(d):
    normal_outcome(d, b("X") * d.X + b("Z", 0, 0.01) * d.Z)


@case(fork, ridge(0.5))
def confounder_under_a_prior_of_a_half(d):
    normal_outcome(d, b("X") * d.X + b("Z", 0, 0.5) * d.Z)


@case(fork, lambda w: 5.0)
def exposure_under_a_narrow_prior(d):
    normal_outcome(d, b("X", 5, 0.001) * d.X + b("Z") * d.Z)


# Products


@case(modified, lambda w: ols(w, "Z", w.data["X"] * w.data["Z"]))
def interaction(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z + b("XZ") * d.X * d.Z)


@case(modified, lambda w: ols(w, "Z", w.data["X"] * (w.data["Z"] - w.data["Z"].mean())))
def interaction_with_a_centred_confounder(d):
    centred = d.Z - d["Z"].mean()
    normal_outcome(d, b("X") * d.X + b("Z") * centred + b("XZ") * d.X * centred)


@case(modified, lambda w: ols(w, "Z", w.data["X"] * w.data["Z"]))
def interaction_as_a_column(d):
    pm.Data("X", d["X"]), pm.Data("Z", d["Z"])
    D = np.column_stack([d["X"], d["Z"], d["X"] * d["Z"]])
    normal_outcome(d, pt.dot(D, b("all", shape=3)))


@case(null_product, lambda w: ols(w, w.data["X"] * w.data["Z"]))
def confounder_only_in_a_product(d):
    normal_outcome(d, b("X") * d.X + b("XZ") * d.X * d.Z)


@case(levels, lambda w: ols(w, *(w.data["Z"] == level for level in (1, 2))))
def slopes_by_level(d):
    slope = pm.Normal("slope", pm.Normal("mean_slope"), pm.Exponential("spread", 1), shape=3)
    normal_outcome(d, slope[d.Z] * d.X + b("Z", 0, 10, shape=3)[d.Z])


@case(levels, None)
def slopes_by_level_without_a_mean(d):
    normal_outcome(d, b("X", shape=3)[d.Z] * d.X + b("Z", 0, 10, shape=3)[d.Z])


# Other parameters than the location


def uneven(w):
    Z = w.data["Z"]
    return likelihood(w, lambda eta, y, p: -0.5 * (y - eta) ** 2 * np.exp(-2 * p * Z) - p * Z, extra=(0.1,))


@case(answer, uneven, kind=("uneven",))
def confounder_only_in_sigma(d):
    pm.Normal("Y", b("X") * d.X, pt.exp(b("Z") * d.Z), observed=d["Y"])


@case(answer, lambda w: ols(w, "Z"), kind=("uneven",))
def confounder_in_both(d):
    pm.Normal("Y", b("X") * d.X + b("Z") * d.Z, pt.exp(b("scale") * d.Z), observed=d["Y"])


@case(fork, lambda w: 0.0)
def exposure_only_in_sigma(d):
    pm.Normal("Y", b("Z") * d.Z, pt.exp(b("X") * d.X), observed=d["Y"])


@case(fork, lambda w: 0.0)
def exposure_left_out(d):
    normal_outcome(d, b("Z") * d.Z)


@case(fork, lambda w: 1.0)
def exposure_with_a_fixed_coefficient(d):
    normal_outcome(d, d.X + b("Z") * d.Z)


@case(fork, lambda w: ols(w, data={**w.data, "Y": w.data["Y"] - 0.3 * w.data["Z"]}))
def confounder_as_an_offset(d):
    normal_outcome(d, b("X") * d.X + 0.3 * d.Z)


@case(fork, None)
def gaussian_process_of_the_exposure_marginal(d):
    cov = pm.gp.cov.ExpQuad(1, ls=pm.Exponential("length", 1))(d.X[:, None])
    pm.MvNormal("Y", b("Z") * d.Z, cov + pt.eye(d.rows) * pm.Exponential("s", 1), observed=d["Y"])


@case(fork, lambda w: ols(w, "Z", data={**w.data, "Y": w.data["Y"] - 0.3 * w.data["X"]}))
def exposure_with_a_fixed_coefficient_too(d):
    normal_outcome(d, (0.3 + b("X")) * d.X + b("Z") * d.Z)


def weighed(name):
    def fit(w):
        held = np.abs(w.data[name])

        def density(eta, y, p, q):
            return -0.5 * (y - eta) ** 2 * np.exp(-2 * (p * held + q)) - p * held - q

        return likelihood(w, density, extra=(0.1, 0.0))

    return fit


@case(collider, weighed("C"))
def collider_in_sigma(d):
    pm.Normal("Y", pm.Normal("a") + b("X") * d.X, pt.exp(b("s") + b("C") * abs(d.C)), observed=d["Y"])


@case(pipe, weighed("M"))
def mediator_in_sigma(d):
    pm.Normal("Y", pm.Normal("a") + b("X") * d.X, pt.exp(b("s") + b("M") * abs(d.M)), observed=d["Y"])


# Several likelihoods


@case(two_outcomes, together, names={"Y": ["Ya", "Yb"]})
def two_outcomes_both_right(d):
    mu = b("X") * d.X + b("Z") * d.Z
    pm.Normal("Ya", mu, 1, observed=d["Ya"]), pm.Normal("Yb", mu, 1, observed=d["Yb"])


@case(two_outcomes, half_together, names={"Y": ["Ya", "Yb"]})
def two_outcomes_the_second_wrong(d):
    pm.Normal("Ya", b("X") * d.X + b("Z") * d.Z, 1, observed=d["Ya"])
    pm.Normal("Yb", b("X") * d.X, 1, observed=d["Yb"])


@case(two_outcomes, half_together, names={"Y": "Ya"})
def slope_shared_with_a_wrong_likelihood(d):
    pm.Normal("Ya", b("X") * d.X + b("Z") * d.Z, 1, observed=d["Ya"])
    pm.Normal("Yb", b("X") * d.X, 1, observed=d["Yb"])


def shared_slope(w):
    V, W, X, Y = (w.data[name] for name in "VWXY")

    def loglik(p):
        one = normal_density(p[0] * X + p[1] * V + p[2] * W, Y, p[3])
        return one + normal_density(p[4] * V + p[2] * W, X, p[5])

    return maximum(loglik, [0.3, 0.5, 0.1, 0, 0.5, 0])


@case(twins, shared_slope)
def slope_of_a_confounder_shared_with_the_exposure(d):
    X = pm.Normal("X", b("VX") * d.V + b("W") * d.W, pm.Exponential("s", 1), observed=d["X"])
    normal_outcome(d, b("X") * X + b("V") * d.V + b("W") * d.W)


@case(fork, lambda w: 2.0)
def potential_on_the_slope(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z)
    pm.Potential("pull", -1e9 * (b("X") - 2) ** 2)


@case(fork, lambda w: ols(w, "Z"))
def potential_elsewhere(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z)
    pm.Potential("pull", -((pm.Normal("other") - 2) ** 2))


@case(instrument, ratio, names=lambda d: {"Y": "YX", "X": d["X"]})
def joint_model_with_an_instrument(d):
    chol = pm.LKJCholeskyCov("chol", n=2, eta=2, sd_dist=pm.Exponential.dist(1))[0]
    mu = pt.stack([pm.Normal("a") + b("X") * d["X"], pm.Normal("c") + b("Z") * d.Z], axis=1)
    pm.MvNormal("YX", mu, chol=chol, observed=np.column_stack([d["Y"], d["X"]]))


@case(instrument, ols, names=lambda d: {"Y": "YX", "X": d["X"]})
def joint_model_without_correlation(d):
    mu = pt.stack([pm.Normal("a") + b("X") * d["X"], pm.Normal("c") + b("Z") * d.Z], axis=1)
    pm.MvNormal("YX", mu, cov=np.eye(2), observed=np.column_stack([d["Y"], d["X"]]))


def correlated(w):
    """Least squares of two errors whose correlation is taken to be 0.3, whatever it is."""
    X, Y, Z = (w.data[name] for name in "XYZ")
    (p, q), _ = np.linalg.inv([[1, 0.3], [0.3, 1]])
    return np.linalg.solve(
        [[p * X @ X, q * X @ Z], [q * X @ Z, p * Z @ Z]], [p * X @ Y + q * X @ X, q * Z @ Y + p * Z @ X]
    )[0]


@case(instrument, correlated, names=lambda d: {"Y": "YX", "X": d["X"]})
def joint_model_whose_correlation_is_not_learned(d):
    mu = pt.stack([b("X") * d["X"], b("Z") * d.Z], axis=1)
    pm.MvNormal("YX", mu, cov=np.array([[1, 0.3], [0.3, 1]]), observed=np.column_stack([d["Y"], d["X"]]))


@case(instrument, lambda w: ols(w, "Z"), names=lambda d: {"Y": "YX", "X": d["X"]})
def joint_model_with_the_instrument_in_both(d):
    chol = pm.LKJCholeskyCov("chol", n=2, eta=2, sd_dist=pm.Exponential.dist(1))[0]
    mu = pt.stack([b("X") * d["X"] + b("ZY") * d.Z, b("Z") * d.Z], axis=1)
    pm.MvNormal("YX", mu, chol=chol, observed=np.column_stack([d["Y"], d["X"]]))


@case(pipe, lambda w: ols(w, "M"))
def a_model_of_the_whole_graph(d):
    M = pm.Normal("M", b("XM") * d.X, 1, observed=d["M"])
    normal_outcome(d, b("X") * d.X + b("M") * M)


# Measured, missing


@case(lone_trace, lambda w: ols(w, x="S") * w.data["S"].var() / (w.data["S"].var() - 0.64), names={"X": "true_X"})
def latent_exposure(d):
    true_X = pm.Normal("true_X", pm.Normal("m"), pm.Exponential("t", 1), shape=d.rows)
    pm.Normal("S", true_X, 0.8, observed=d["S"])
    normal_outcome(d, b("X") * true_X)


@case(traced, measured(knows=True), names={"X": "true_X"})
def latent_exposure_that_knows_its_cause(d):
    true_X = pm.Normal("true_X", pm.Normal("m") + b("ZX") * d.Z, pm.Exponential("t", 1), shape=d.rows)
    pm.Normal("S", true_X, 0.8, observed=d["S"])
    normal_outcome(d, b("X") * true_X + b("Z") * d.Z)


@case(traced, measured(knows=False), names={"X": "true_X"})
def latent_exposure_that_does_not_know_its_cause(d):
    true_X = pm.Normal("true_X", pm.Normal("m"), pm.Exponential("t", 1), shape=d.rows)
    pm.Normal("S", true_X, 0.8, observed=d["S"])
    normal_outcome(d, b("X") * true_X + b("Z") * d.Z)


@case(traced, attenuated, names={"X": "true_X"})
def latent_exposure_confounded(d):
    true_X = pm.Normal("true_X", pm.Normal("m"), pm.Exponential("t", 1), shape=d.rows)
    pm.Normal("S", true_X, 0.8, observed=d["S"])
    normal_outcome(d, b("X") * true_X)


@case(traced, lambda w: ols(w, "Z"))
def outcome_measured_with_error(d):
    true_Y = pm.Normal("true_Y", pm.Normal("m") + b("X") * d.X + b("Z") * d.Z, pm.Exponential("t", 1), shape=d.rows)
    pm.Normal("Y", true_Y, 0.8, observed=d["Y"])


@case(traced, ols)
def outcome_measured_with_error_confounded(d):
    true_Y = pm.Normal("true_Y", pm.Normal("m") + b("X") * d.X, pm.Exponential("t", 1), shape=d.rows)
    pm.Normal("Y", true_Y, 0.8, observed=d["Y"])


@case(traced, lambda w: ols(w, "Z", x="S"))
def trace_of_the_exposure_in_its_place(d):
    normal_outcome(d, b("S") * d.S + b("Z") * d.Z)


def with_gaps(held, share=3):
    return np.where(np.arange(len(held)) % share == 0, np.nan, held)


@case(fork, lambda w: ols(w, "Z", data={name: held[np.arange(ROWS) % 3 > 0] for name, held in w.data.items()}))
def missing_outcomes(d):
    pm.Normal("Y", pm.Normal("a") + b("X") * d.X + b("Z") * d.Z, pm.Exponential("s", 1), observed=with_gaps(d["Y"]))


@case(fork, lambda w: ols(w, data={name: held[np.arange(ROWS) % 3 > 0] for name, held in w.data.items()}))
def missing_outcomes_confounded(d):
    pm.Normal("Y", pm.Normal("a") + b("X") * d.X, pm.Exponential("s", 1), observed=with_gaps(d["Y"]))


@case(fork, imputed(knows=True))
def missing_confounder_that_knows_the_exposure(d):
    Z = pm.Normal("Z", pm.Normal("m") + b("g") * d.X, pm.Exponential("t", 1), observed=with_gaps(d["Z"], 2))
    normal_outcome(d, b("X") * d.X + b("Z") * Z)


@case(fork, imputed(knows=False))
def missing_confounder_that_does_not(d):
    Z = pm.Normal("Z", pm.Normal("m"), pm.Exponential("t", 1), observed=with_gaps(d["Z"], 2))
    normal_outcome(d, b("X") * d.X + b("Z") * Z)


# Groups


def by(name="by_group", sd=None, **kwargs):
    """A vector of intercepts by group: of learned spread, or of a fixed sd."""
    return lambda d: pm.Normal(
        name, pm.Normal("m"), sd or pm.Exponential("tau", 1), shape=int(d["G"].max()) + 1, **kwargs
    )


GROUPS = {"G": "group_of"}, {"U": "group_of"}


def of_groups(d, intercepts, more=0.0):
    index = pm.Data("group_of", d["G"])
    normal_outcome(d, intercepts(d)[index] + b("X") * d.X + more)


def means_by_group(d):
    return np.bincount(d["G"], d["X"]) / np.bincount(d["G"])


for made, names in zip((by_group, hidden_groups), GROUPS, strict=True):
    which = "_observed" if made is by_group else "_hidden"

    @case(made, pooled, names, label=which)
    def pooled_intercepts(d):
        of_groups(d, by())

    @case(made, within, names, label=which)
    def unpooled_intercepts(d):
        of_groups(d, by(sd=50.0))

    @case(made, ols, names, label=which)
    def no_intercepts(d):
        pm.Data("group_of", d["G"])
        normal_outcome(d, b("X") * d.X)


@case(hidden_groups, pooled, GROUPS[1])
def pooled_in_another_form(d):
    tau = pm.Exponential("tau", 1)
    of_groups(d, lambda d: pm.Normal("m") + tau * pm.Normal("z", shape=int(d["G"].max()) + 1))


@case(hidden_groups, pooled, GROUPS[1])
def intercepts_and_slopes_that_go_together(d):
    chol = pm.LKJCholeskyCov("chol", n=2, eta=2, sd_dist=pm.Exponential.dist(1))[0]
    both = pt.dot(pm.Normal("z", shape=(int(d["G"].max()) + 1, 2)), chol.T)
    index = pm.Data("group_of", d["G"])
    normal_outcome(d, both[index, 0] + (b("X") + both[index, 1]) * d.X)


@case(hidden_groups, within, GROUPS[1])
def unpooled_that_sum_to_zero(d):
    of_groups(d, lambda d: pm.ZeroSumNormal("z", 50, shape=int(d["G"].max()) + 1))


@case(hidden_groups, pooled, GROUPS[1])
def pooled_that_sum_to_zero(d):
    of_groups(d, lambda d: pm.ZeroSumNormal("z", pm.Exponential("tau", 1), shape=int(d["G"].max()) + 1))


@case(hidden_groups, within, GROUPS[1])
def unpooled_by_indicators(d):
    pm.Data("group_of", d["G"])
    indicators = np.eye(int(d["G"].max()) + 1)[d["G"]]
    normal_outcome(d, pt.dot(indicators, b("a", 0, 50, shape=indicators.shape[1])) + b("X") * d.X)


@case(by_group, within, GROUPS[0], label="_observed")
@case(hidden_groups, within, GROUPS[1], label="_hidden")
def means_of_groups_beside_pooled_intercepts(d):
    more = b("mean") * pm.Data("X_bar", means_by_group(d))[d["G"]]
    of_groups(d, by(), more)


@case(hidden_groups, lambda w: pooled(w), GROUPS[1])
def a_trait_of_groups_beside_pooled_intercepts(d):
    of_groups(d, by(), b("T") * d.T[d["G"]])


@case(hidden_groups, within, GROUPS[1])
def latent_cause_of_exposure_and_outcome(d):
    cause = pm.Normal("cause", pm.Normal("m"), pm.Exponential("t", 1), shape=int(d["G"].max()) + 1)
    index = pm.Data("group_of", d["G"])
    X = pm.Normal("X", cause[index], pm.Exponential("s", 1), observed=d["X"])
    own = pm.Normal("own", 0, pm.Exponential("tau", 1), shape=int(d["G"].max()) + 1)
    normal_outcome(d, b("cause") * cause[index] + own[index] + b("X") * X)


def outcome_of(d, family, sd=10.0):
    mu = by(sd=sd)(d)[pm.Data("group_of", d["G"])] + b("X") * d.X
    if family == "binary":
        pm.Bernoulli("Y", logit_p=mu, observed=d["Y"])
    else:
        pm.Poisson("Y", pt.exp(mu), observed=d["Y"])


@case(binary_groups, binary_intercepts(SIZE), GROUPS[1])
def few_binary_outcomes_to_a_group(d):
    outcome_of(d, "binary")


@case(large_binary_groups, binary_intercepts(80), GROUPS[1])
def many_binary_outcomes_to_a_group(d):
    outcome_of(d, "binary")


@case(count_groups, count_intercepts, GROUPS[1])
def few_counts_to_a_group(d):
    outcome_of(d, "count")


@case(levels, lambda w: ols(w, *(w.data["Z"] == level for level in (1, 2))))
def levels_by_index(d):
    normal_outcome(d, b("X") * d.X + b("Z", 0, 10, shape=3)[d.Z])


@case(levels, lambda w: ols(w, *(w.data["Z"] == level for level in (1, 2))))
def levels_by_indicators(d):
    pm.Data("Z", d["Z"])
    indicators = np.eye(3)[d["Z"]][:, 1:]
    normal_outcome(d, b("X") * d.X + pt.dot(indicators, b("Z", 0, 10, shape=2)))


@case(levels, lambda w: ols(w, "Z"))
def levels_as_a_line(d):
    normal_outcome(d, b("X") * d.X + b("Z") * d.Z)


@case(levels, lambda w: ols(w, *(w.data["Z"] == level for level in (1, 2))))
def exposure_by_index(d):
    normal_outcome(d, b("X", 0, 10, shape=2)[d.X] + b("Z", 0, 10, shape=3)[d.Z])


@case(levels, ols)
def exposure_by_index_confounded(d):
    normal_outcome(d, b("X", 0, 10, shape=2)[d.X])


# Other outcomes, each with and without the confounder


def normal_density(eta, y, scale):
    return -0.5 * ((y - eta) * np.exp(-scale)) ** 2 - scale


def ordered_density(eta, y, *cuts):
    cuts = np.array([-np.inf, cuts[0], *(cuts[0] + np.cumsum(np.exp(cuts[1:]))), np.inf])
    upper, lower = special.expit(cuts[y + 1] - eta), special.expit(cuts[y] - eta)
    return np.log(np.maximum(upper - lower, 1e-12))


def cut_density(eta, y, scale):
    return np.where(y > -1, normal_density(eta, y, scale), stats.norm.logcdf((-1 - eta) * np.exp(-scale)) + 0.92)


def zeros_density(eta, y, q):
    share = special.expit(q)
    return np.where(
        y == 0, np.logaddexp(np.log(share), np.log1p(-share) - np.exp(eta)), np.log1p(-share) + poisson(eta, y)
    )


def beta_density(eta, y, k):
    k, mean = np.exp(k), special.expit(eta)
    return -special.betaln(k * mean, k * (1 - mean)) + k * mean * np.log(y) + k * (1 - mean) * np.log1p(-y)


ANSWERS = {
    "binary": (logit, (), lambda d, mu: pm.Bernoulli("Y", logit_p=mu, observed=d["Y"])),
    "probit": (
        lambda eta, y: stats.norm.logcdf(np.where(y, eta, -eta)),
        (),
        lambda d, mu: pm.Bernoulli("Y", pm.math.invprobit(mu), observed=d["Y"]),
    ),
    "trials": (
        lambda eta, y: logit(eta, y, 10),
        (),
        lambda d, mu: pm.Binomial("Y", 10, pm.math.sigmoid(mu), observed=d["Y"]),
    ),
    "count": (poisson, (), lambda d, mu: pm.Poisson("Y", pt.exp(mu), observed=d["Y"])),
    "rate": (
        lambda eta, y: poisson(eta + np.log(np.where(np.arange(ROWS) % 2, 2.0, 0.5)), y),
        (),
        lambda d, mu: pm.Poisson("Y", d["E"] * pt.exp(mu), observed=d["Y"]),
    ),
    "overdispersed": (
        lambda eta, y, k: stats.nbinom.logpmf(y, np.exp(k), 1 / (1 + np.exp(eta - k))),
        (0.5,),
        lambda d, mu: pm.NegativeBinomial("Y", mu=pt.exp(mu), alpha=pm.Exponential("k", 1), observed=d["Y"]),
    ),
    "gamma": (
        lambda eta, y: -eta - y * np.exp(-np.clip(eta, -20, 20)),
        (),
        lambda d, mu: pm.Gamma("Y", mu=pt.exp(mu), sigma=pt.exp(mu) * pm.Exponential("k", 1), observed=d["Y"]),
    ),
    "beta": (
        beta_density,
        (1.0,),
        lambda d, mu: pm.Beta("Y", mu=pm.math.sigmoid(mu), nu=pm.Exponential("k", 1), observed=d["Y"]),
    ),
    "ordered": (
        ordered_density,
        (-1.0, 0.0, 0.0),
        lambda d, mu: pm.OrderedLogistic("Y", eta=mu, cutpoints=np.array([-1.0, 0.0, 1.0]), observed=d["Y"]),
    ),
    "lognormal": (
        lambda eta, y, s: normal_density(eta, np.log(y), s),
        (0.0,),
        lambda d, mu: pm.LogNormal("Y", mu, pm.Exponential("s", 1), observed=d["Y"]),
    ),
    "heavy": (
        lambda eta, y: stats.t.logpdf(y - eta, 3),
        (),
        lambda d, mu: pm.StudentT("Y", 3, mu=mu, sigma=pm.Exponential("s", 1), observed=d["Y"]),
    ),
    "cut": (
        cut_density,
        (0.0,),
        lambda d, mu: pm.Censored("Y", pm.Normal.dist(mu, pm.Exponential("s", 1)), -1, None, observed=d["Y"]),
    ),
    "zeros": (
        zeros_density,
        (0.0,),
        lambda d, mu: pm.ZeroInflatedPoisson("Y", pm.Beta("p", 1, 1), pt.exp(mu), observed=d["Y"]),
    ),
}
for kind, (density, extra, outcome) in ANSWERS.items():
    for others in ((), ("Z",)):

        @case(
            answer,
            lambda w, density=density, extra=extra, others=others: likelihood(w, density, *others, extra=extra),
            kind=(kind,),
            label=f"_{kind}" + ("_adjusted" if others else "_confounded"),
        )
        def other_outcome(d, outcome=outcome, others=others):
            outcome(d, pm.Normal("a") + b("X") * d.X + sum(b(name) * getattr(d, name) for name in others))


@case(answer, lambda w: likelihood(w, poisson, "Z", extra=()), kind=("count",))
def counts_as_a_product(d):
    pm.Poisson("Y", pt.exp(pm.Normal("a") + b("X") * d.X) * pt.exp(b("Z") * d.Z), observed=d["Y"])


@case(answer, lambda w: likelihood(w, ANSWERS["rate"][0], "Z", extra=()), kind=("rate",))
def rates_in_a_column(d):
    rate = pt.exp(pm.Normal("a") + b("X") * d.X + b("Z") * d.Z)
    pm.Poisson("Y", d["E"][:, None] * rate[:, None], observed=d["Y"][:, None])


@case(answer, None, kind=("category",))
def categories(d):
    eta = pt.stack([pt.zeros(d.rows), b("X1") * d.X + b("Z1") * d.Z, b("X2") * d.X + b("Z2") * d.Z], axis=1)
    pm.Categorical("Y", p=pm.math.softmax(eta, axis=1), observed=d["Y"])


@case(answer, lambda w: mixed(w, both=True), kind=("regimes",))
def mixture_with_z_in_both_components(d):
    mu = b("X") * d.X + b("Z") * d.Z
    parts = [pm.Normal.dist(mu, pm.Exponential("s", 1)), pm.Normal.dist(pm.Normal("far") + mu, pm.Exponential("t", 1))]
    pm.Mixture("Y", w=pm.Dirichlet("w", np.ones(2)), comp_dists=parts, observed=d["Y"])


@case(answer, lambda w: mixed(w, both=False), kind=("regimes",))
def mixture_with_z_in_one_component(d):
    slope = b("X")
    parts = [
        pm.Normal.dist(slope * d.X + b("Z") * d.Z, pm.Exponential("s", 1)),
        pm.Normal.dist(pm.Normal("far") + slope * d.X, pm.Exponential("t", 1)),
    ]
    pm.Mixture("Y", w=pm.Dirichlet("w", np.ones(2)), comp_dists=parts, observed=d["Y"])


@case(answer, None, kind=("regimes",))
def mixture_with_x_in_one_component(d):
    parts = [
        pm.Normal.dist(b("X") * d.X + b("Z") * d.Z, pm.Exponential("s", 1)),
        pm.Normal.dist(pm.Normal("far") + b("Z") * d.Z, pm.Exponential("t", 1)),
    ]
    pm.Mixture("Y", w=pm.Dirichlet("w", np.ones(2)), comp_dists=parts, observed=d["Y"])


# What the corpus shows

# The cases that reading the model is allowed to leave open, and what it cannot know.
UNSURE = {
    "no coefficient": {
        "spline_of_the_exposure",
        "gaussian_process_of_the_exposure",
        "gaussian_process_of_the_exposure_marginal",
        "exposure_as_a_parabola",
        "square_of_the_exposure",
        "slopes_by_level",
        "slopes_by_level_without_a_mean",
        "categories",
        "mixture_with_x_in_one_component",
    },
    "a form that may be right": {
        "logarithm_of_the_confounder",
        "square_of_the_confounder",
        "only_the_sum_of_two_confounders",
        "confounder_as_an_offset",
    },
    "what else has a say": {
        "slope_shared_with_a_wrong_likelihood",
        "slope_of_a_confounder_shared_with_the_exposure",
        "potential_on_the_slope",
        "confounder_under_a_narrow_prior",
        "exposure_under_a_narrow_prior",
    },
    "what a part of the model does to another": {
        "outcome_with_a_density_of_its_own",
        "latent_exposure_that_does_not_know_its_cause",
        "missing_confounder_that_does_not",
        "collider_in_sigma",
        "mediator_in_sigma",
    },
}


@pytest.fixture(scope="module")
def audits():
    return {name: audit_of(each) for name, each in CASES.items()}


def test_the_corpus_is_large_and_mixed(audits):
    verdicts = [computed(name) for name in CASES]
    assert len(CASES) >= 80
    assert min(verdicts.count("valid"), verdicts.count("not valid")) > 0.3 * len(CASES)


@pytest.mark.parametrize("name", CASES)
def test_an_audit_never_contradicts_what_a_large_sample_shows(audits, name):
    truth, audit = computed(name), audits[name]
    if audit.verdict == "valid":
        assert truth == "valid", repr(audit)
    elif audit.verdict == "not valid":
        assert truth != "valid", repr(audit)
    else:
        assert audit.change, "what to look at"


def test_an_audit_can_tell_in_four_of_five_cases(audits):
    unsure = {name for name, audit in audits.items() if audit.verdict == "cannot tell"}
    assert unsure == set().union(*UNSURE.values())
    assert len(unsure) <= len(CASES) / 5


@pytest.mark.parametrize("name", sorted(UNSURE["no coefficient"]))
def test_where_there_is_no_coefficient_a_contrast_will_do(audits, name):
    assert audits[name].contrast == "valid"
    assert "rt.contrast" in audits[name].change
