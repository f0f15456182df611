"""Laws of models in JavaScript: PyTensor's log-density and gradient, nutpie's posteriors, ranks that are uniform."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from lowered_models import MODELS, linear
from pytensor.compile.mode import get_mode
from scipy import stats

import rethinking as rt
from rethinking.in_page.scripts import as_data, workshop
from rethinking.lowering import density, lowered, quantities
from rethinking.sampling.mixing import mixing

POINTS = 100
PLAIN = get_mode("FAST_COMPILE").including("canonicalize", "stabilize")  # which compiles nothing


@pytest.fixture(scope="module")
def tab(browser):
    """Return an empty page whose scripts can be asked."""
    with browser.new_context() as context:
        tab = context.new_page()
        tab.evaluate(f"() => {{ window.shop = ({workshop()})(); window.made = text => (0, eval)('(' + text + ')'); }}")
        yield tab


CALL = """([text, data, points]) => {
  const made = window.made(text)(data, window.shop.functions);
  const out = new Float64Array(made.shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0));
  const results = points.map(x => (made.run(Float64Array.from(x), out), [...out]));
  return { size: made.size, shapes: made.shapes, out: results };
}"""


def in_javascript(tab, derivation, points, text=None):
    """Return what a lowered model computes at some points, and the shapes of its results."""
    data = as_data({v.name: v.get_value() for v in derivation.model.data_vars})
    found = tab.evaluate(CALL, [text or lowered(derivation).text, data, points.tolist()])
    assert found["size"] == points.shape[1]
    return np.array(found["out"], dtype=float), found["shapes"]


def in_pytensor(model, outputs, points):
    """Return what PyTensor computes at some points, each result after the other."""
    start = model.initial_point()
    shapes = [start[value.name].shape for value in model.value_vars]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    function = model.compile_fn(outputs, inputs=model.value_vars, point_fn=False, mode=PLAIN)
    arguments = ([part.reshape(shape) for part, shape in zip(np.split(x, ends), shapes, strict=True)] for x in points)
    return np.array([np.concatenate([np.ravel(value) for value in function(*values)]) for values in arguments])


def points_of(model, seed=1, spread=1.0):
    """Return random points of the unconstrained space."""
    size = sum(value.size for value in model.initial_point().values())
    return np.random.default_rng(seed).normal(0, spread, (POINTS, size))


@pytest.mark.parametrize("name", MODELS)
def test_density_and_gradient_are_those_of_pytensor(tab, name):
    model = MODELS[name]()
    points = points_of(model)
    found, _ = in_javascript(tab, density(model), points)
    logp = model.logp()
    expected = in_pytensor(model, [logp, *pt.grad(logp, model.value_vars)], points)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_one_function_serves_data_of_any_length(tab):
    model = linear()
    text = lowered(density(model)).text
    new = np.random.default_rng(6).normal(size=(2, 27))
    with model:
        pm.set_data({"height": new[0], "weight": new[1]}, coords={"person": range(27)})
    points = points_of(model)
    found, _ = in_javascript(tab, density(model), points, text)
    logp = model.logp()
    np.testing.assert_allclose(
        found, in_pytensor(model, [logp, *pt.grad(logp, model.value_vars)], points), rtol=1e-9, atol=1e-9
    )


def test_data_that_do_not_go_together_are_refused(tab):
    model = linear()
    derivation, points = density(model), points_of(model)
    with model:
        pm.set_data({"height": np.zeros(19)}, coords={"person": range(19)})
    with pytest.raises(Exception, match="lengths differ"):
        in_javascript(tab, derivation, points)


def test_invalid_parameters_have_no_density(tab):
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 1)
        pm.Normal("y", mu, pm.Data("sigma", -1.0), observed=[1.0])
    found, _ = in_javascript(tab, density(model), points_of(model))
    assert np.isnan(found[:, 0]).all()


def test_an_operation_that_is_not_covered_is_named():
    with pm.Model() as model:
        a = pm.Normal("a", 0, 1, shape=2)
        pm.Normal("y", pt.linalg.solve([[1.0, 1.0], [1.0, -1.0]], a), 1, observed=[2.0, 3.0])
    with pytest.raises(NotImplementedError, match=r"cannot write the operation \w+ in JavaScript: .*\.$"):
        lowered(density(model))


def test_an_index_that_does_not_exist_is_refused(tab):
    with pm.Model() as model:
        a = pm.Normal("a", 0, 1, shape=3)
        codes = pm.Data("codes", [0, 2, 1])
        pm.Normal("y", a[codes], 1, observed=np.zeros(3))
    derivation, points = density(model), points_of(model)
    with model:
        pm.set_data({"codes": [0, 3, 1]})
    with pytest.raises(Exception, match="index 3 is outside 3 entries"):
        in_javascript(tab, derivation, points)


@pytest.mark.parametrize("name", ["linear", "constrained", "radon"])
def test_quantities_are_those_of_pytensor(tab, name):
    model = MODELS[name]()
    variables = [*model.free_RVs, *model.deterministics]
    points = points_of(model)
    found, shapes = in_javascript(tab, quantities(model, [v.name for v in variables]), points)
    expected = in_pytensor(model, model.replace_rvs_by_values(variables), points)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert [tuple(shape) for shape in shapes] == [
        np.shape(value) for value in pm.draw(variables, random_seed=1, mode=PLAIN)
    ]


SAMPLE = """([text, data, starts, options]) => {
  const { functions, chain } = window.shop;
  const made = window.made(text)(data, functions), all = [], bad = [];
  for (let c = 0; c < options.chains; c++) {
    const one = chain(made, starts, { seed: options.seed + c, tune: options.tune });
    all.push([]);
    for (let i = 0; i < options.tune + options.draws * options.thin; i++) {
      const { diverging } = one.next();
      if (i < options.tune) continue;
      if (diverging) bad.push(i);
      if (i % options.thin === 0) all.at(-1).push([...one.x]);
    }
  }
  return { draws: all, divergences: bad.length };
}"""


def sampled(tab, model, *, seed=1, tune=400, draws=1000, chains=4, thin=1, text=None, data=None):
    """Return draws of the unconstrained parameters, of shape (chain, draw, parameter), and how many steps diverged."""
    start = model.initial_point()
    starts = np.concatenate([np.ravel(start[value.name]) for value in model.value_vars]).tolist()
    data = as_data(data or {v.name: v.get_value() for v in model.data_vars})
    options = {"seed": seed, "tune": tune, "draws": draws, "chains": chains, "thin": thin}
    found = tab.evaluate(SAMPLE, [text or lowered(density(model)).text, data, starts, options])
    return np.array(found["draws"]), found["divergences"]


def moments(draws):
    """Return mean and sd of each series of shape (chain, draw, series), and their Monte-Carlo errors."""
    mean, sd = draws.mean((0, 1)), draws.std((0, 1))
    squares = (draws - mean) ** 2
    error_of_sd = squares.std((0, 1)) / (2 * sd) / np.sqrt(mixing(squares).ess_bulk)
    return np.array([mean, sd]), np.array([sd / np.sqrt(mixing(draws).ess_bulk), error_of_sd])


@pytest.mark.parametrize("name", ["frogs", "predators", "Mundlak", "radon", "linear", "Poisson"])
def test_posteriors_are_those_of_nutpie(tab, name):
    model = MODELS[name]()
    posterior = rt.sample(model, seed=1, target_accept=0.9)["posterior"]
    found, divergences = sampled(tab, model)
    assert divergences <= 20
    assert np.nanmax(mixing(found).rhat) < 1.02
    # nutpie's draws on the scale on which the page samples
    forward = [model.rvs_to_transforms[rv] for rv in model.free_RVs]
    expected = []
    for rv, transform in zip(model.free_RVs, forward, strict=True):
        values = posterior[rv.name].to_numpy()
        if transform is not None:
            values = transform.forward(pt.constant(values), *rv.owner.inputs).eval(mode=PLAIN)
        expected.append(values.reshape(*values.shape[:2], -1))
    ours, our_error = moments(found)
    theirs, their_error = moments(np.concatenate(expected, axis=2))
    assert np.abs(ours - theirs).shape == (2, found.shape[2])
    np.testing.assert_array_less(np.abs(ours - theirs), 4 * np.hypot(our_error, their_error))


def normal_sample():
    """Return a model of five numbers, whose mean and spread are unknown."""
    with pm.Model() as model:
        mu, sigma = pm.Normal("mu", 0, 1), pm.Exponential("sigma", 1)
        pm.Normal("y", mu, sigma, observed=pm.Data("seen", np.zeros(5)))
    return model


def groups():
    """Return a model of four groups, non-centred."""
    with pm.Model() as model:
        tau = pm.HalfNormal("tau", 1)
        z = pm.Normal("z", 0, 1, shape=4)
        pm.Poisson("y", pt.exp(tau * z), observed=pm.Data("seen", np.zeros(4)))
    return model


WORLDS = {
    normal_sample: lambda rng: (
        truth := np.array([rng.normal(), rng.exponential()]),
        rng.normal(truth[0], truth[1], 5),
        np.array([truth[0], np.log(truth[1])]),
    )[1:],
    groups: lambda rng: (
        tau := abs(rng.normal()),
        z := rng.normal(size=4),
        rng.poisson(np.exp(tau * z)),
        np.array([np.log(tau), *z]),
    )[2:],
}


@pytest.mark.parametrize("build", WORLDS, ids=lambda build: build.__name__)
def test_ranks_of_the_truth_are_uniform(tab, build):
    model, rng, worlds, kept = build(), np.random.default_rng(22), 400, 99
    text, ranks = lowered(density(model)).text, []
    for seed in range(worlds):
        seen, truth = WORLDS[build](rng)
        options = {"seed": seed, "tune": 200, "draws": kept, "chains": 1, "thin": 5}
        draws, _ = sampled(tab, model, text=text, data={"seen": seen}, **options)
        ranks.append((draws[0] < truth).sum(axis=0))
    counts = np.array([np.histogram(column, np.linspace(0, kept + 1, 11))[0] for column in np.transpose(ranks)])
    assert stats.chisquare(counts, axis=1).pvalue.min() > 0.001  # of seven: one false alarm in 140


def test_many_draws_have_the_exact_mean_and_spread(tab):
    with pm.Model() as model:
        x, y = pm.Normal("x", 0, 1), pm.Gumbel("y", np.log(5), 1)
        pm.Potential("nothing", 0 * (x + y))
    found, error = moments(sampled(tab, model, draws=25_000)[0])
    exact = [[0, np.log(5) + np.euler_gamma], [1, np.pi / np.sqrt(6)]]
    np.testing.assert_array_less(np.abs(found - exact), 4 * error)
    assert error.max() < 0.01


def test_the_mouth_of_a_funnel_diverges_and_its_other_form_does_not(tab):
    found = []
    for centred in (True, False):
        with pm.Model() as model:
            v = pm.Normal("v", 0, 3)
            x = pm.Normal("x", 0, pt.exp(v / 2) if centred else 1, shape=9)
            pm.Potential("nothing", 0 * x.sum())
        draws, divergences = sampled(tab, model)
        found.append((divergences, mixing(draws).ess_bulk[0]))
    (diverged, slow), (fine, quick) = found
    assert diverged > 0
    assert fine == 0
    assert quick > 5 * slow


def test_the_same_seed_gives_the_same_draws_and_chains_differ(tab):
    model = MODELS["linear"]()
    first, again = (sampled(tab, model, draws=50)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.isclose(first[0], first[1]).any()


@pytest.mark.parametrize("n", [200, 201])
def test_r_hat_and_ess_are_those_of_the_package(tab, n):
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(4, n, 6))
    walks = np.cumsum(noise, axis=1)
    ahead = noise[:, 1:] - 0.7 * noise[:, :-1]
    series = np.concatenate([noise, walks, np.pad(ahead, [(0, 0), (1, 0), (0, 0)]), np.round(noise)], axis=2)
    asked = "draws => draws.map(one => window.shop.mixing(one.map(chain => Float64Array.from(chain))))"
    found = tab.evaluate(asked, series.transpose(2, 0, 1).tolist())
    expected = mixing(series)
    for name, values in [("rhat", expected.rhat), ("bulk", expected.ess_bulk), ("tail", expected.ess_tail)]:
        np.testing.assert_allclose([one[name] for one in found], values, rtol=1e-9)
