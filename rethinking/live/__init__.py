"""Models that are sampled in the page: lowered to JavaScript, with a sampler beside them."""
