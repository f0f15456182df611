"""Questions that a graph alone answers: adjustment, paths, separation, independencies, instruments, front doors."""
