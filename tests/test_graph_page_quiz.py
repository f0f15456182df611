"""Questions about graphs without end: the answers and sentences of Python, and the same for the same number."""

import random

import pytest
from conftest import ROOT
from graph_pages import serious, tab_in_one_view, tabs_in_every_view
from test_graph_page_engine import as_dag

from rethinking.causal.queries.separators import minimal_separators
from rethinking.exercises.questions.graphs import AdjustmentSet, GoodControl, Independent

PAGE = "graph_quiz"
SCRIPTS = ["engine", "layout", "drawing", "page", "feedback", "questions"]
ASK = """
asked => asked.map(([seed, number, level, kind]) => {
  const { question, words, mark, choose, arrows, exists, name, ...more } =
    GraphQuestions.ask(seed, number, level, kind);
  const subsets = choose?.reduce((all, name) => [...all, ...all.map(set => [...set, name])], [[]]);
  const answers = choose ? [null, ...subsets] : arrows ? [null, ...arrows] : [true, false];
  const brief = ({ right, sentence, path }) => [right, sentence, path?.text ?? null];
  const marks = answers.map(answer => [answer, ...brief(mark(answer))]);
  const { graph, x, y, given } = question;
  return { kind: more.kind, graph, x, y, given: [...given ?? []], words, name, arrows, exists, marks };
})
"""
KINDS = ("independence", "control", "adjustment", "arrow")
ASKED = [(seed, 1, level, kind) for kind in KINDS for level in range(9) for seed in range(12)]


@pytest.fixture(scope="module")
def ask(browser):
    with browser.new_context() as context:
        tab = context.new_page()
        for name in SCRIPTS:
            tab.add_script_tag(path=ROOT / "lectures" / "_extra" / "graphs" / f"{name}.js")
        yield lambda asked: tab.evaluate(ASK, asked)


@pytest.fixture(scope="module")
def questions(ask):
    """Return 12 questions of each kind and level, with what the page says to every answer."""
    return ask(ASKED)


def of(questions, kind):
    return [each for each in questions if each["kind"] == kind]


def said(mark):
    return [bool(mark), mark.sentence]


def test_every_answer_gets_the_sentence_of_python(questions):
    for each in of(questions, "independence"):
        marker = Independent(as_dag(each["graph"]), each["x"], each["y"], each["given"])
        assert [mark[1:3] for mark in each["marks"]] == [said(marker.mark(answer)) for answer in (True, False)]
    for each in of(questions, "control"):
        marker = GoodControl(as_dag(each["graph"]), each["name"], "X", "Y", each["given"])
        assert [mark[1:3] for mark in each["marks"]] == [said(marker.mark(answer)) for answer in (True, False)]
    rng = random.Random(1)
    for each in of(questions, "adjustment"):
        marker = AdjustmentSet(as_dag(each["graph"]), "X", "Y")
        for answer, *found, _ in [each["marks"][0], *rng.sample(each["marks"], 3)]:
            assert found == said(marker.mark(answer if answer is None else set(answer))), each["graph"]


def test_an_arrow_can_be_contradicted_if_observed_variables_separate_its_ends_without_it(questions):
    for each in of(questions, "arrow"):
        dag = as_dag(each["graph"])
        truths = []
        for edge, right, sentence, path in each["marks"][1:]:
            graph = dag.to_networkx()
            graph.remove_edge(*edge)
            separable = any(True for _ in minimal_separators(graph, *edge, set(dag.observed) - set(edge)))
            truths.append(not set(edge) & dag.unobserved and separable)
            assert right == truths[-1], (dag, edge)
            assert edge[0] in sentence
            assert path or set(edge) & dag.unobserved
        assert each["marks"][0][1] == (not any(truths))
        assert sum(truths) == each["exists"]


def test_each_answer_is_right_often_enough_that_guessing_does_not_pay(questions):
    for kind in ("independence", "control"):
        truths = [each["marks"][0][1] for each in of(questions, kind)]
        assert 0.35 < sum(truths) / len(truths) < 0.65
    nothing = [each["marks"][0][1] for each in of(questions, "adjustment")]
    assert 0.05 < sum(nothing) / len(nothing) < 0.3
    none = [each["marks"][0][1] for each in of(questions, "arrow")]
    assert 0.05 < sum(none) / len(none) < 0.4


def test_the_same_number_asks_the_same_and_another_something_else(ask, questions):
    assert ask(ASKED) == questions
    words = {
        (str(each["graph"]), each["words"])
        for each in ask([(seed, number, 4, "any") for seed in range(8) for number in range(8)])
    }
    assert len(words) == 64


def test_graphs_grow_and_hide_more_with_the_level(questions):
    def size(level):
        found = [each for each, asked in zip(questions, ASKED, strict=True) if asked[2] == level]
        return sum(len(each["graph"]["nodes"]) for each in found), sum(
            len(each["graph"]["unobserved"]) for each in found
        )

    assert size(0)[0] < size(4)[0] < size(8)[0]
    assert size(0)[1] < size(8)[1]


def test_what_is_asked_names_who_was_not_observed(questions):
    for each in questions:
        hidden = each["graph"]["unobserved"]
        start = f"{' and '.join(sorted(hidden))} {'were' if len(hidden) > 1 else 'was'} not observed. "
        assert each["words"].startswith(start) == bool(hidden)


tab = tabs_in_every_view(PAGE)
plain = tab_in_one_view(PAGE)


def begin(tab, seed, kind):
    tab.goto("about:blank")
    tab.goto(f"{tab.home}#seed={seed}&kind={kind}")


def feedback(tab):
    return tab.get_by_role("status").inner_text()


@pytest.mark.parametrize("kind", KINDS)
def test_the_keyboard_answers_and_the_path_that_decides_is_drawn(tab, kind):
    begin(tab, 5, kind)
    assert tab.locator(".picture path.causal, .picture path.biasing").count() == 0
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate(
            "document.activeElement.matches('.reply button') && !document.activeElement.hasAttribute('aria-pressed')"
        ):
            break
    tab.keyboard.press("Enter")
    verdict = feedback(tab)
    assert verdict.startswith(("\u2713 Right. ", "\u2717 Not yet. "))
    drawn = tab.locator(".picture polygon.causal, .picture polygon.biasing").count()
    path = tab.evaluate("text => (text.match(/[\u2190\u2192]/g) ?? []).length", verdict)
    assert (drawn > 0) == (path > 0 and "no data say" not in verdict)
    right = verdict.startswith("\u2713")
    assert tab.locator(".count").inner_text().endswith(f"Right at the first try: {int(right)} of 1.")
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert serious(tab) == []
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.textContent") == "Next question":
            break
    tab.keyboard.press("Enter")
    assert tab.locator(".count").inner_text().startswith("Question 2 of series 5.")
    assert feedback(tab) == ""


def test_only_the_first_answer_counts(plain):
    begin(plain, 5, "independence")
    for name in ("Yes", "No", "Yes", "No"):
        plain.get_by_role("button", name=name, exact=True).click()
    assert plain.locator(".count").inner_text().endswith(" of 1.")


def test_right_answers_make_it_harder(plain):
    begin(plain, 5, "independence")
    for number in range(1, 7):
        level = (number - 1) // 2
        truth = plain.evaluate(f"GraphQuestions.ask(5, {number}, {level}, 'independence').mark(true).right")
        plain.get_by_role("button", name="Yes" if truth else "No", exact=True).click()
        assert feedback(plain).startswith("\u2713 Right.")
        plain.get_by_role("button", name="Next question").click()
    assert "Level 4." in plain.locator(".count").inner_text()
    assert plain.locator(".picture ellipse").count() > 4


def test_a_set_is_chosen_by_its_members_and_shaded(plain):
    begin(plain, 3, "adjustment")
    member = plain.locator(".reply [aria-pressed]").first
    name = member.inner_text()
    member.click()
    assert plain.locator(".picture ellipse[fill=currentColor]").count() == 1
    assert plain.evaluate("document.activeElement.textContent") == name, "the focus stays"
    plain.get_by_role("button", name=f"Answer: {name}").click()
    assert name in feedback(plain)


def test_a_series_is_begun_by_its_number_and_its_address_can_be_sent(plain):
    plain.get_by_label("Series").fill("123")
    plain.get_by_role("button", name="Start this series").click()
    assert plain.url.endswith("#seed=123")
    first = plain.locator(".question").inner_text(), plain.locator(".picture").inner_html()
    assert plain.locator("code", has_text="seed=123").inner_text() == plain.url
    plain.get_by_role("button", name="Another series").click()
    plain.evaluate("location.hash = 'seed=123'")
    plain.wait_for_function("document.querySelector('.count').textContent.includes('series 123.')")
    assert (plain.locator(".question").inner_text(), plain.locator(".picture").inner_html()) == first
    plain.get_by_label("Series").fill("-1")
    plain.get_by_role("button", name="Start this series").click()
    assert feedback(plain) == "A series is a whole number from 0 to 999999."


@pytest.mark.parametrize(
    "code", ["seed=<img src=x onerror=alert(1)>", "seed=1e99&kind=constructor", "seed=%E0%A4%A", "what-is-asked"]
)
def test_a_strange_address_begins_some_series(plain, code):
    plain.goto("about:blank")
    plain.goto(f"{plain.home}#{code}")
    assert plain.locator(".count").inner_text().startswith("Question 1 of series ")
    assert plain.locator("img").count() == 0


def test_without_scripts_there_are_a_sentence_and_a_question(browser, bases):
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(f"{bases['file']}/graph_quiz.html")
        assert tab.get_by_text("Scripts are switched off").is_visible()
        assert tab.get_by_text("A still picture.").is_visible()


CROSSED = """() => [...document.querySelectorAll(".picture text.role")].map(word => {
  const box = word.getBBox(), paths = [...word.ownerSVGElement.querySelectorAll("g.arrow path")];
  const inside = ({ x, y }) =>
    x > box.x && x < box.x + box.width && y > box.y + 2 && y < box.y + box.height - 2;
  return paths.some(path => {
    const length = path.getTotalLength();
    return Array.from({ length: 41 }, (_, k) => path.getPointAtLength(length * k / 40)).some(inside);
  });
})"""


def test_the_words_exposure_and_outcome_stand_clear_of_arrows(plain):
    """In all but the most crowded of graphs."""
    crossed = []
    for seed in range(20):
        plain.goto(f"{plain.home}#seed={seed}&kind=adjustment")
        plain.reload()
        crossed += plain.evaluate(CROSSED)
    assert len(crossed) == 40
    assert sum(crossed) <= 3
