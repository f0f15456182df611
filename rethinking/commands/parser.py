"""The command line: what may be typed, and which function answers."""

import argparse
import sys
from pathlib import Path

from rethinking.commands import autograder, checkout, doctor, get, grade, new

__all__ = ["main"]


def main(arguments=None):
    """Run one command and return its exit status: 0 if all went well, 1 if something was refused or is broken.

    Examples
    --------
    >>> main(["list"])
    01_science_before_statistics ...Science before statistics  (with exercises)
    ...
    0
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ImportError, OSError, LookupError, ValueError) as error:
        print(f"rethinking: {error}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(prog="python -m rethinking", description="Take the book along.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="list the lectures")
    listing.set_defaults(run=lambda _: get.list_lectures())

    getting = commands.add_parser("get", help="write lectures and their exercises as notebooks")
    getting.add_argument("names", nargs="*", metavar="LECTURE", help="its number or a part of its name: 12, radon")
    getting.add_argument("--all", action="store_true", help="all lectures")
    getting.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where to; here by default")
    getting.add_argument("--copy", action="store_true", help="write beside a file that exists, under another name")
    getting.set_defaults(run=lambda o: get.get(o.names, o.all, o.into, o.copy))

    beginning = commands.add_parser("new", help="write the folder of a new project: a small analysis, to be made yours")
    beginning.add_argument("name", metavar="NAME", help="of the project and its folder, such as walk-and-sleep")
    beginning.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where to; here by default")
    beginning.set_defaults(run=lambda o: new.new(o.name, o.into))

    checking = commands.add_parser("doctor", help="see whether everything works")
    checking.set_defaults(run=lambda _: doctor.doctor())

    _add_checkout(commands)

    making = commands.add_parser("autograder", help="for instructors: make the archives for grading")
    making.add_argument("names", nargs="*", metavar="LECTURE", help="all sheets by default")
    making.add_argument("--into", type=Path, default=Path("autograder"), metavar="FOLDER")
    making.set_defaults(run=lambda o: autograder.autograder(o.names, o.into))

    grading = commands.add_parser("grade", help="for instructors: grade a folder of notebooks")
    grading.add_argument("archive", type=Path, help="the zip file that autograder made")
    grading.add_argument("folder", type=Path, help="with a notebook for each submission")
    grading.add_argument("--seconds", type=int, default=300, help="limit for one submission")
    grading.add_argument("--table", type=Path, default=Path("scores.csv"), help="where the table goes; scores.csv")
    grading.set_defaults(run=lambda o: grade.grade(o.archive, o.folder, o.seconds, o.table))
    return parser


def _add_checkout(commands):
    """Add what needs a checkout of the project; `make` does the same by these."""
    jobs = argparse.ArgumentParser(add_help=False)
    jobs.add_argument("--jobs", type=int, metavar="N", help="how many at the same time; one for each core by default")

    whole = commands.add_parser("site", parents=[jobs], help="in a checkout: execute what changed, build the book")
    whole.set_defaults(run=lambda o: checkout.site(o.jobs))

    one = commands.add_parser("page", parents=[jobs], help="in a checkout: the same of one page and its exercises")
    one.add_argument("name", metavar="LECTURE", help="its number or a part of its name: 12, radon")
    one.set_defaults(run=lambda o: checkout.page(o.name, o.jobs))

    testing = commands.add_parser("test", parents=[jobs], help="in a checkout: run the tests")
    testing.add_argument("more", nargs="*", metavar="ARGUMENT", help="of pytest, after --")
    testing.set_defaults(run=lambda o: checkout.run_tests(o.jobs, o.more))
