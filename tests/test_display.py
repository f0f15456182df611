"""Laws of what a page shows of its models and fits."""

import re
from xml.etree import ElementTree

import arviz as az
import numpy as np
import pymc as pm
import pytest
from scipy import stats

import rethinking as rt
from rethinking.display.footer import MADE_WITH
from rethinking.display.notation import model_tex, symbol
from rethinking.display.priors import prior_intervals

SVG = "{http://www.w3.org/2000/svg}"
TAILS = [0.055, 0.945]


@pytest.fixture(scope="module")
def page():
    return rt.lecture("12_multilevel_models")


@pytest.fixture(scope="module")
def frogs():
    return rt.load_data("reedfrogs")


@pytest.fixture(scope="module")
def latent(page):
    return page.latent_mundlak(page.simulate_group_confound(np.random.default_rng(1)))


def test_mathematics_is_that_of_the_page(page, frogs):
    assert model_tex(page.partial_pooling(frogs)).splitlines()[1:-1] == [
        r"S_{\text{tank}} &\sim \text{Binomial}(\text{data}, \text{logit}^{-1}(\alpha_{\text{tank}})) \\",
        r"\alpha_{\text{tank}} &\sim \text{Normal}(\bar{\alpha}, \sigma) \\",
        r"\sigma &\sim \text{Exponential}(1) \\",
        r"\bar{\alpha} &\sim \text{Normal}(0, 1.5)",
    ]


def test_expressions_are_written_out_with_the_index_in_place_of_the_dim(latent):
    tex = model_tex(latent)
    assert r"\tau \, z_{\text{group of}}" in tex
    assert r"\frac{\text{mean}_{X,\text{group of}} - \alpha_{X}}{\beta_{UX}}" in tex
    assert r"\beta_{XY} \, X_{\text{id}}" in tex
    assert r"&\sim \text{Bernoulli}(p_{\text{id}}) \\" in tex
    assert r"\text{logit}(p_{\text{id}}) &= \bar{\alpha} + " in tex
    assert r"\text{mean}_{X,\text{group}} &\sim \text{Normal}(\alpha_{X}, \beta_{UX})" in tex
    assert "f(" not in tex


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda a, b: (a + b) * a, r"\left(a + b\right) \, a"),
        (lambda a, b: a + b * a, r"a + b \, a"),
        (lambda a, b: a - (b - a), r"a - \left(b - a\right)"),
        (lambda a, b: (a - b) - a, r"a - b - a"),
        (lambda a, b: (a + b) ** 2, r"\left(a + b\right)^{2}"),
        (lambda a, b: pm.math.exp(-a / b), r"\exp(\frac{-a}{b})"),
        (lambda a, b: 2 * pm.math.sqrt(a), r"2 \, \sqrt{a}"),
        (lambda a, b: pm.math.erf(a * b), "f(a, b)"),
    ],
)
def test_brackets_stand_where_the_order_needs_them(build, says):
    with pm.Model() as model:
        pm.Deterministic("c", build(pm.Normal("a"), pm.Normal("b")))
    assert rf"c &= {says} \\" in model_tex(model)


@pytest.mark.parametrize(
    ("prior", "says"),
    [
        (lambda: pm.Exponential("x", 2), "Exponential}(2)"),
        (lambda: pm.HalfNormal("x", 3), "HalfNormal}(3)"),
        (lambda: pm.HalfCauchy("x", 5), "HalfCauchy}(5)"),
        (lambda: pm.Gamma("x", 2, 4), "Gamma}(2, 4)"),
        (lambda: pm.StudentT("x", nu=2, mu=0, sigma=1), "StudentT}(2, 0, 1)"),
        (lambda: pm.Beta("x", 2, 7), "Beta}(2, 7)"),
    ],
)
def test_distributions_have_the_parameters_that_one_writes(prior, says):
    with pm.Model() as model:
        prior()
    assert says in model_tex(model)


def test_a_wide_line_is_broken_between_terms_only(latent):
    tex = model_tex(latent)
    assert tex.count(r"&\quad + ") == 1
    for line in tex.splitlines()[1:-1]:
        assert line.count("{") == line.count("}"), line
        assert line.count("(") == line.count(")"), line


def test_symbols():
    assert symbol("sigma") == r"\sigma"
    assert symbol("b_bar") == r"\bar{b}"
    assert symbol("intercept") == r"\text{intercept}"
    assert symbol("sigma_alpha") == r"\sigma_{\alpha}"


def test_exact_intervals_are_the_quantiles():
    with pm.Model() as model:
        pm.Normal("a", 1, 2)
        pm.Exponential("e", 3)
        pm.HalfNormal("h", 2, shape=4)
        pm.Normal("unequal", [0, 5], 1)
    table = prior_intervals(model)
    known = {"a": stats.norm(1, 2), "e": stats.expon(scale=1 / 3), "h": stats.halfnorm(scale=2)}
    assert table["exact"].to_dict() == {"a": True, "e": True, "h": True, "unequal": False}
    for name, distribution in known.items():
        np.testing.assert_allclose(table.loc[name, ["lower", "upper"]].astype(float), distribution.ppf(TAILS))


def test_intervals_of_children_include_what_the_parents_do():
    with pm.Model() as model:
        mean = pm.Normal("mean", 0, 3)
        pm.Normal("child", mean, 4, shape=5)
    limits = prior_intervals(model).loc["child", ["lower", "upper"]].astype(float)
    # 10,000 draws of the mean: the error of a 5.5 % quantile of Normal(0, 5) is about 0.11.
    np.testing.assert_allclose(limits, stats.norm(0, 5).ppf(TAILS), atol=0.4)


def test_graph_has_a_plate_a_node_and_an_arrow_for_each(latent):
    html = rt.show_model(latent)._repr_html_()
    root = ElementTree.fromstring(re.search(r"<svg.*</svg>", html)[0])
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert {"id (200)", "group (30)", "X", "mean_X~ Normal"} <= set(texts)
    data = {variable.name for variable in latent.data_vars}
    expected = [effect for _, effect in pm.model_to_networkx(latent).edges if effect not in data]
    assert len(list(root.iter(f"{SVG}polygon"))) == len(expected)
    assert len(list(root.iter(f"{SVG}ellipse"))) == len(latent.basic_RVs)


def test_plates_hold_their_nodes_and_no_others(latent):
    root = ElementTree.fromstring(rt.show_model(latent).svg)
    frames = [rect for rect in root.iter(f"{SVG}rect") if rect.get("rx") == "8"]
    ovals = [(float(e.get("cx")), float(e.get("cy"))) for e in root.iter(f"{SVG}ellipse")]

    def inside(rect, x, y):
        left, top, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        return left <= x <= left + width and top <= y <= top + height

    held = sorted(sum(inside(rect, *oval) for oval in ovals) for rect in frames)
    assert held == [2, 2], "trait and outcome by id, mean_X and z by group"


def test_the_same_model_looks_the_same(page, frogs):
    assert rt.show_model(page.predators(frogs)).svg == rt.show_model(page.predators(frogs)).svg


def test_show_model_takes_the_ink_of_the_page(latent):
    html = rt.show_model(latent)._repr_html_()
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', html)) == {"none", "currentColor"}


def test_show_model_names_the_mistake(page):
    with pytest.raises(TypeError, match="call the function that returns the model"):
        rt.show_model(page.partial_pooling)


def fit(rng, shift=0.0, **dims):
    draws = {
        "mu": rng.normal(size=(4, 1000, 3)) + shift * np.arange(4)[:, None, None],
        "tau": rng.normal(size=(4, 1000)),
    }
    return az.from_dict({"posterior": draws})


def test_footer_has_a_row_for_each_fit():
    footer = rt.page_footer({"one": fit(np.random.default_rng(1)), "two": fit(np.random.default_rng(2))})
    assert [row[:4] for row in footer.rows] == [[name, "4", "4 x 1000", "0"] for name in ("one", "two")]
    assert footer.summary.startswith("2 fits: no divergences")
    assert footer.versions["pymc"] == pm.__version__
    assert set(footer.versions) == {"rethinking", "Python", *MADE_WITH}


def test_footer_complains_about_the_worst_fit():
    fits = {"good": fit(np.random.default_rng(1)), "bad": fit(np.random.default_rng(2), shift=1.0)}
    with pytest.warns(rt.ConvergenceWarning, match=r"R-hat of mu\[.*\] at bad"):
        rt.page_footer(fits)


def test_footer_counts_the_points_of_a_sweep_and_times_them_together():
    with pm.Model() as model:
        pm.Normal("y", pm.Normal("mu", 0, pm.Data("sigma", 1.0), shape=2), 1, observed=[0.0, 1.0])
    swept = rt.Sampler(model).sweep({"sigma": [0.5, 1.0, 2.0]}, seed=1)
    footer = rt.page_footer({"dial": swept, "one point": swept.sel(sigma=1.0)})
    (name, parameters, draws, *_, seconds), (*_, of_one) = footer.rows
    assert (name, parameters, draws) == ("dial (3 fits)", "2", "4 x 1000")
    assert float(seconds) >= 0
    assert of_one == "", "the time of a single point is not known"
    assert footer.summary.startswith("4 fits")


def test_footer_without_fits_still_says_what_made_the_page():
    assert "Made with rethinking" in rt.page_footer()._repr_html_()


def test_distributions_of_distributions_and_constants_can_be_written():
    with pm.Model() as model:
        pm.Truncated("t", pm.Normal.dist(0, 1), lower=0)
        pm.Censored("days", pm.Exponential.dist(2), lower=None, upper=3, observed=[1.0, 2.0])
        pm.MvNormal("v", [0, 0], np.eye(2))
        pm.OrderedLogistic("answer", eta=0.3, cutpoints=[0, 1], observed=[0, 1])
    tex = model_tex(model)
    assert r"\text{Censored}(\text{Exponential}(2), -\infty, 3)" in tex
    assert r"\text{TruncatedNormal}(0, 1, 0, \infty)" in tex
    assert r"v &\sim \text{MultivariateNormal}(0, \text{data})" in tex


def test_no_arrow_leads_from_an_outcome_to_its_data():
    with pm.Model() as model:
        x, y = pm.Data("x", [1.0, 2.0]), pm.Data("y", [3.0, 4.0])
        pm.Normal("height", pm.Normal("b") * x, 1, observed=y)
        pm.Normal("again", y, 1, observed=[1.0, 2.0])
    alt = re.search(r"Graph of a model[^\"]*", rt.show_model(model).svg)[0]
    assert "height depends on x, b" in alt
    assert "again depends on y" in alt
    assert "y depends on" not in alt
    with pm.Model() as model:
        pm.Normal("height", pm.Normal("b"), 1, observed=pm.Data("only_observed", [3.0, 4.0]))
    assert "only_observed" not in rt.show_model(model).svg


def test_a_random_variable_is_called_as_its_distribution_is():
    with pm.Model() as model:
        pm.HalfCauchy("sigma", 1)
    assert "~ HalfCauchy" in re.sub(r"<[^>]+>", "", rt.show_model(model).svg)


def test_many_parents_stand_in_two_rows():
    def rows(parents):
        with pm.Model() as model:
            pm.Normal("y", sum(pm.Normal(f"beta_{i}") for i in range(parents)), 1, observed=0.0)
        ovals = ElementTree.fromstring(rt.show_model(model).svg).iter(f"{SVG}ellipse")
        return len({oval.get("cy") for oval in ovals}) - 1

    assert (rows(4), rows(8)) == (1, 2)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda v, at: (2 * v)[np.array([0, 1, 1])], r"2 \, v_{\text{tank}}"),
        (lambda v, at: (2 * v)[at], r"2 \, v_{\text{group of}}"),
        (lambda v, at: 3 * v[1], r"3 \, v_{\text{1}}"),
        (lambda v, at: v - v.min(), r"v_{\text{tank}} - \min v_{\text{tank}}"),
        (lambda v, at: 2 * (v * v).sum(), r"2 \, \sum v_{\text{tank}} \, v_{\text{tank}}"),
        (lambda v, at: 2 * np.pi * v, r"2 \pi \, v_{\text{tank}}"),
        (lambda v, at: 1e6 * v, r"10^{6} \, v_{\text{tank}}"),
        (lambda v, at: 2.5e-7 * v, r"2.5 \times 10^{-7} \, v_{\text{tank}}"),
        (lambda v, at: v[0:1] * 2, "f(v"),
    ],
)
def test_indices_minima_sums_and_constants_are_written_as_one_would(build, says):
    with pm.Model(coords={"tank": range(3)}) as model:
        at = pm.Data("group_of", [0, 1, 1])
        pm.Deterministic("c", build(pm.Normal("v", dims="tank"), at))
    assert f"c &= {says}" in model_tex(model)


def test_location_and_scale_that_are_too_long_get_names_of_their_own():
    with pm.Model(coords={"contributor": range(3)}) as model:
        delta, mean = (pm.Normal(name, dims="contributor") for name in ("delta", "mean"))
        wide = mean + delta * mean + 3 * delta
        pm.Normal("sums", wide, pm.math.sqrt(wide**2 + 1), observed=np.zeros(3))
    tex = model_tex(model)
    assert r"\text{Normal}(\mu, \sigma)" in tex
    assert r"\mu &= \text{mean}" in tex
    assert r"\sigma &= \sqrt" in tex


def test_the_long_sums_of_a_potential_get_letters():
    with pm.Model(coords={"contributor": range(3)}) as model:
        u, delta = (pm.Normal(name, dims="contributor") for name in ("u", "delta"))
        variance = u + delta * delta + 3 * u * delta
        pm.Potential("sums", -pm.math.log(variance) - 1 / variance)
    first, second = model_tex(model).splitlines()[1:3]
    assert first == r"\log p &\mathrel{+}= -\log(v) - \frac{1}{v} \\\\"[:-2]
    assert second.startswith(r"v &= u_{\text{contributor}} + ")


def test_intervals_of_priors_have_no_letter_e():
    with pm.Model() as model:
        pm.Normal("height", 178, 20)
        pm.Normal("far", 0, 1e8)
    html = rt.show_model(model)._repr_html_()
    assert "150 to 210" in html
    assert r"1.6 \(\times 10^{8}\)" in html
