"""What is assumed about causes. A missing arrow is the bolder claim, so each has its reason in the plan."""

import rethinking as rt

EXPOSURE, OUTCOME = "walk", "sleep"
GRAPH = rt.CausalGraph("workload -> {walk sleep}; walk -> sleep; {walk sleep} -> mood")
