"""A study on an accelerator: estimators in JAX, and many worlds sampled at once."""
