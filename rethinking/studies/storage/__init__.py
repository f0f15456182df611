"""The finished replicates of a study: in memory, and on disk, whole or not at all."""
