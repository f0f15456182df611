"""Models that are sampled in the page: lowered to JavaScript, with a sampler beside them.

`page_sampler` puts a lowered model on a page, beside the sampler in ``nuts.js``.
"""

from rethinking.in_page.page_sampler import LiveModel, live

__all__ = ["LiveModel", "live"]
