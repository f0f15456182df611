r"""A model in the notation of the pages, as TeX.

Names become symbols (``alpha_bar`` is :math:`\bar\alpha`, ``beta_XY`` is :math:`\beta_{XY}`), dims become subscripts,
an index replaces the dim that it picks from, and the expressions between variables are written out.
"""

import re
from functools import partial

from pytensor.graph.basic import Constant
from pytensor.graph.traversal import ancestors

from rethinking.display.vocabulary import SILENT, bare, number_tex, of_minimum, operation, places, position

__all__ = ["model_tex", "symbol"]

SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
GREEK = frozenset(f"{SMALL} {CAPITAL}".split())
ACCENTS = {"bar": "bar", "hat": "hat", "tilde": "tilde"}
SUM, PRODUCT, ATOM = 1, 2, 3
# Distributions that PyTensor keeps by scale, and the course (and PyMC) writes by rate; and those with a location of 0.
BY_RATE = ("Exponential", "Gamma")
AT_ZERO = ("HalfNormal", "HalfCauchy")
FUNCTIONS = {"Sigmoid": r"\text{logit}^{-1}", "Exp": r"\exp", "Log": r"\log", "Tanh": r"\tanh", "Abs": r"\text{abs}"}
# The inverse of the function round a linear model, and the name that its argument goes by.
LINKS = {"Sigmoid": (r"\text{logit}", "p"), "Exp": (r"\log", "lambda")}
REDUCTIONS = {"Sum": r"\sum ", "Max": r"\max ", "Min": r"\min "}
SCALES = frozenset(["Normal", "LogNormal", "StudentT", "Cauchy", "Laplace", "Logistic"])
# What long sums within a line are called, whose lines follow.
LETTERS = "uvwrstkhcd"
# In letters: a parameter that goes to a line of its own, and a line that is broken.
LONG, WIDE = 24, 52


def symbol(name, dims=(), index=None):
    r"""Return the symbol of a variable as TeX.

    Examples
    --------
    >>> print(symbol("alpha_bar"), symbol("beta_XY"), symbol("alpha", ["tank"]), symbol("alpha", ["group"], "group_of"))
    \bar{\alpha} \beta_{XY} \alpha_{\text{tank}} \alpha_{\text{group of}}
    """
    head, *tail = name.split("_")
    base = f"\\{head}" if head in GREEK else head if len(head) == 1 else rf"\text{{{head}}}"
    while tail and tail[0] in ACCENTS:
        base = rf"\{ACCENTS[tail.pop(0)]}{{{base}}}"
    below = [f"\\{part}" if part in GREEK else part if part.isupper() else _words(part) for part in tail if part]
    below += [_words(index)] if index and dims else [_words(dim) for dim in dims]
    return base + (f"_{{{','.join(below)}}}" if below else "")


def model_tex(model):
    r"""Return the lines of a model as TeX, the outcome first, priors last.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as globe:
    ...     p = pm.Beta("p", 1, 1)
    ...     _ = pm.Binomial("W", 9, p, observed=6)
    >>> print(model_tex(globe))
    \begin{aligned}
    W &\sim \text{Binomial}(9, p) \\
    p &\sim \text{Beta}(1, 1)
    \end{aligned}
    """
    named = {variable: name for name, variable in model.named_vars.items()}
    write = partial(_write, model, named)
    lines = []
    for variable, name in reversed(named.items()):
        left = symbol(name, _dims(model, name))
        if variable in model.basic_RVs:
            apart = []
            lines.append(rf"{left} &\sim {_distribution(variable, write, apart, _dims(model, name))}")
            lines += [rf"{head} &= {_broken(text)}" for head, text in apart]
        elif variable in model.deterministics:
            lines.append(rf"{left} &= {_broken(_expression(variable, write, None, SUM))}")
        elif variable in model.potentials:
            letters = _letters(variable, named, write)
            within = partial(_write, model, named | letters)
            lines.append(rf"\log p &\mathrel{{+}}= {_broken(_expression(variable, within, None, SUM))}")
            lines += [f"{letter} &= {_broken(write(part))}" for part, letter in letters.items()]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _dims(model, name):
    return [dim for dim in model.named_vars_to_dims.get(name, ()) if dim]


def _letters(potential, named, write):
    """Return a letter for every long sum within an expression that has no such sum in it."""
    found, free = {}, iter(sorted(set(LETTERS) - {*named.values()}, key=LETTERS.index))

    def search(variable, above):
        if variable in named or variable in found or variable.owner is None:
            return variable in found
        own = operation(variable)
        inner = [search(part, above if own in SILENT else own) for part in variable.owner.inputs]
        if any(inner):
            return True
        if own == "Add" and above not in ("Add", "") and _width(write(variable)) > LONG and (letter := next(free, "")):
            found[variable] = letter
        return variable in found

    for part in potential.owner.inputs:
        search(part, "")
    return found


def _words(text):
    return rf"\text{{{text.replace('_', ' ')}}}"


def _width(tex):
    """Return about how many letters wide the formula is."""
    return len(re.sub(r"\\(text|left|right|frac|bar|,)|\\(?=[a-z])|[{}_^ ]", "", tex))


def _broken(tex):
    """Return a formula broken before those terms that would make a line too wide for the page."""
    lines = [""]
    depth = 0
    for piece in re.split(r"(?<= )(?=[+-] )", tex):
        if lines[-1] and depth == 0 and _width(lines[-1] + piece) > WIDE:
            lines.append("")
        lines[-1] += piece
        depth += sum(piece.count(sign) for sign in "{(") - sum(piece.count(sign) for sign in "})")
    return " \\\\\n&\\quad ".join(line.strip() for line in lines)


def _distribution(rv, write, apart=None, dims=()):
    r"""Return a distribution with its parameters; a wide one moves `apart`, as what ``\mu`` or ``logit(p)`` are."""
    op = rv.owner.op
    name = getattr(op, "_print_name", (None,))[0]
    if name is None or not hasattr(op, "dist_params"):
        return _words(type(op).__name__.removesuffix("RV")) + f"({_leaves(rv, write)})"
    params = list(op.dist_params(rv.owner))
    if name in AT_ZERO:
        params = params[-1:]
    texts = [write(param) for param in params]
    if name in BY_RATE:
        texts[-1] = _rate(params[-1], write)
    taken = {symbol(other, dims) for other in write.args[1].values()}
    for i, param in enumerate(params):
        function, head = LINKS.get(operation(param), ("", "mu"))
        if i and i == len(params) - 1 and name in SCALES:
            function, head = "", "sigma"
        own = symbol(head, dims)
        if apart is not None and _width(texts[i]) > LONG and name not in BY_RATE and own not in taken:
            taken.add(own)
            inner = param.owner.inputs[0] if function else param
            apart.append((f"{function}({own})" if function else own, write(inner)))
            texts[i] = own
    return rf"\text{{{name}}}({', '.join(texts)})"


def _rate(scale, write):
    scale = bare(scale)
    if operation(scale) == "Reciprocal":
        return write(scale.owner.inputs[0])
    if isinstance(scale, Constant) and scale.data.size == 1:
        return f"{1 / scale.data.item():g}"
    return f"1/{write(scale, above=PRODUCT)}"


def _write(model, named, variable, index=None, above=SUM):
    """Return an expression as TeX, in brackets if it binds less tightly than what is around it."""
    write = partial(_write, model, named)
    if variable in named:
        return symbol(named[variable], _dims(model, named[variable]), index)
    if isinstance(variable, Constant):
        return number_tex(variable.data)
    return _expression(variable, write, index, above)


def _expression(variable, write, index, above):
    name, inputs = operation(variable), variable.owner.inputs if variable.owner else []
    if hasattr(getattr(variable.owner, "op", None), "_print_name"):
        return _distribution(variable, write)
    if name in SILENT:
        return write(inputs[0], index, above)
    if name == "Add":
        terms = [write(term, index, SUM) for term in inputs]
        return _bracket(" + ".join(terms).replace("+ -", "- "), SUM, above)
    if name == "Sub":
        return _bracket(f"{write(inputs[0], index, SUM)} - {write(inputs[1], index, PRODUCT)}", SUM, above)
    if name in ("Mul", "Dot", "MatMul"):
        return _bracket(r" \, ".join(write(factor, index, PRODUCT) for factor in inputs), PRODUCT, above)
    if name in REDUCTIONS:
        return _bracket(REDUCTIONS[name] + write(inputs[0], index, PRODUCT), PRODUCT, above)
    if name == "Neg" and (lowest := of_minimum(inputs[0])) is not None:
        return _bracket(rf"\min {write(lowest, None, PRODUCT)}", PRODUCT, above)
    if name == "Neg":
        return _bracket(f"-{write(inputs[0], index, PRODUCT)}", SUM, above)
    if name in ("TrueDiv", "Reciprocal"):
        over = "1" if name == "Reciprocal" else write(inputs[0], index)
        return rf"\frac{{{over}}}{{{write(inputs[-1], index)}}}"
    if name in ("Pow", "Sqr"):
        power = "2" if name == "Sqr" else write(inputs[1], index)
        return f"{write(inputs[0], index, ATOM)}^{{{power}}}"
    if name == "Sqrt":
        return rf"\sqrt{{{write(inputs[0], index)}}}"
    if name in FUNCTIONS:
        return rf"{FUNCTIONS[name]}({write(inputs[0], index)})"
    if name == "AdvancedSubtensor" and (picked := places(inputs[1:])) is not None:
        return write(inputs[0], picked or index, above)
    if name == "Subtensor" and (place := position(variable)) is not None:
        return write(inputs[0], place, above)
    leaves = _leaves(variable, write)
    return f"f({leaves})" if leaves else number_tex(variable.eval())


def _bracket(text, own, above):
    return rf"\left({text}\right)" if own < above else text


def _leaves(variable, write):
    """Return the named variables that an expression is computed from, in the order of the model."""
    _, named = write.args
    before = set(ancestors(variable.owner.inputs, blockers=named))
    return ", ".join(write(other) for other in named if other in before)
