"""Models that are sampled in the page: lowered to JavaScript, with a sampler beside them.

A model goes through four rooms of its own: `derivation` takes its log-density and gradient as PyTensor's graph,
`extents` finds which lengths are one, `steps` writes each operation, and `loops` puts the steps together. `lowering`
calls them, `page_sampler` puts the result on a page, beside the sampler in ``nuts.js``.
"""

from rethinking.in_page.page_sampler import LiveModel, live

__all__ = ["LiveModel", "live"]
