"""What of a model is evaluated outside nutpie: where sampling starts, and what it says at the draws of a fit."""
