"""Truths recovered: ten simulated worlds for models of many levels that a page fits to one world, or to none.

Lectures 13 to 16 hold most of their models against ten worlds themselves. Here are the others: ties alone, correlated
features of districts, two and three of them (and what the survey says of the three), and the groups of novices, which
have no names: for these it is counted how many of the eighteen men are put where they belong.
"""

from functools import partial

import numpy as np
import pandas as pd
import pymc as pm
from measure import run
from scipy import special

import rethinking as rt

FEATURES = ("level", "town", "children")
SPREADS = {"sigma_level": 0.5, "sigma_town": 0.6, "sigma_children": 0.4}
CORRELATIONS = {"rho_level_town": -0.5, "rho_level_children": -0.2, "rho_town_children": 0.1}


def two_sided_ties(rng):
    """Return gifts of households without habits, and the truth of the ties."""
    still = dict.fromkeys(["sigma_G", "sigma_R", "b_giving", "b_receiving", "b_association"], 0.0)
    gifts, _, truth = rt.lecture("15_social_networks").simulate_network(rng, **still)
    return gifts, {name: truth[name] for name in ("a", "sigma_T", "T_corr")}


def women_of_districts(rng, features, women):
    """Return the women of the survey with answers of another world, and its truth."""
    R = np.eye(3)
    R[np.triu_indices(3, 1)] = list(CORRELATIONS.values())
    R = R + np.triu(R, 1).T
    sd = np.array(list(SPREADS.values()))[:, None]
    effects = dict(zip(FEATURES, rng.multivariate_normal(np.zeros(3), sd * R * sd.T, 62).T, strict=True))
    effects |= {name: np.zeros(62) for name in FEATURES if name not in features}
    D = women["district"].to_numpy()
    mean = {"alpha_bar": -1.5, "beta_bar": 0.7, "beta_K": 0.8, "beta_A": -0.2}
    share = np.array([0, 0.6, 0.85, 1.0])[women["living.children"] - 1]
    logit_p = mean["alpha_bar"] + effects["level"][D] + (mean["beta_bar"] + effects["town"][D]) * women["urban"]
    logit_p = logit_p + (mean["beta_K"] + effects["children"][D]) * share
    logit_p = logit_p + mean["beta_A"] * rt.standardize(women["age.centered"])
    known = mean | {
        name: value for name, value in (SPREADS | CORRELATIONS).items() if set(name.split("_")[1:]) <= set(features)
    }
    return women.assign(**{"use.contraception": rng.binomial(1, special.expit(logit_p))}), known


def with_scalars(women, features):
    """Return the model of lecture 14 with a name for each spread and each correlation."""
    with rt.lecture("14_correlated_features").family_planning(women, features) as model:
        for i, one in enumerate(features):
            pm.Deterministic(f"sigma_{one}", model["sigma"][i])
            for j in range(i + 1, len(features)):
                pm.Deterministic(f"rho_{one}_{features[j]}", model["effects_corr"][i, j])
    return model


def recovered(model, simulate, build, worlds):
    """Return rows: how near posterior means come to a truth, and how many 89 % intervals hold it."""
    found = rt.study(simulate, {model: build}, replicates=worlds, seed=20, progress=False)
    return [
        {
            "model": model,
            "parameter": row.estimand,
            "truth": float(found["truth"].sel(estimand=row.estimand).mean()),
            "mean error": float(row.bias),
            "RMSE": float(row.rmse),
            "held": f"{round(row.coverage * worlds)} of {worlds}",
        }
        for row in rt.study_summary(found).reset_index().itertuples()
    ]


def published(women):
    """Return rows: what the survey says of three correlated features, beside the course's solution of 2026."""
    solution = {"rho_level_town": (-0.53, 0.20), "rho_level_children": (-0.23, 0.30), "rho_town_children": (0.10, 0.29)}
    fit = rt.sample(with_scalars(women, FEATURES), draws=3000, seed=20, target_accept=0.95, progress=False)
    posterior = fit["posterior"]
    return [
        {
            "parameter": name,
            "mean": float(posterior[name].mean()),
            "sd": float(posterior[name].std()),
            "published mean": mean,
            "published sd": sd,
        }
        for name, (mean, sd) in solution.items()
    ]


def novices(worlds):
    """Return one row for each world: how many of the men stand with their faction."""
    page, rows = rt.lecture("15_social_networks"), []
    sampler = rt.Sampler(page.block_model(page.simulate_monks(np.random.default_rng(0))))
    for k in range(worlds):
        model = page.block_model(page.simulate_monks(np.random.default_rng([20, k])))
        data = {one.name: one.get_value() for one in model.data_vars}
        # Chains name the groups in other orders, so that there is no sense in judging them before names are given.
        dt = sampler.finish(sampler.begin(data, seed=k, chains=4, draws=500, progress_bar=False))
        main = page.relabelled(dt["posterior"]["share"]).mean(("chain", "draw")).to_pandas().idxmax(axis=1)
        groups = pd.crosstab(main, page.FACTIONS.reindex(main.index))
        rows.append({"world": k, "with their faction": int(groups.max().sum()), "of": 18})
    return rows


def one():
    """Nothing here needs a process of its own."""


def report(quick, repeats):
    """Give a table of parameters, and one of the groups."""
    worlds, women = (2 if quick else 10), rt.load_data("bangladesh")
    rows = recovered("dyads", two_sided_ties, rt.lecture("15_social_networks").dyads, worlds)
    for features in (FEATURES[:2], FEATURES):
        simulate = partial(women_of_districts, features=features, women=women)
        rows += recovered(f"{len(features)} features", simulate, partial(with_scalars, features=features), worlds)
    yield "Ten worlds, 89 % intervals", rows
    yield "Three features of the districts of Bangladesh", published(women)
    yield "Novices that stand with their faction", novices(worlds)


if __name__ == "__main__":
    run(__file__, one, report)
