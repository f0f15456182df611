"""``grade``."""


def grade(archive, folder, seconds, table):
    raise NotImplementedError
