"""What is assumed about causes. The plan says why arrows are missing."""

import rethinking as rt

EXPOSURE, OUTCOME = "walk", "sleep"
GRAPH = rt.CausalGraph(
    "workload -> {walk sleep}; walk -> sleep; {walk sleep} -> mood",
)
