"""A sheet in a real JupyterLab, from `get` to a green check."""

from jupyterlab_session import get, served, work_through


def test_a_student_gets_a_sheet_and_is_answered(browser, tmp_path):
    get(tmp_path)
    with served(tmp_path) as address, browser.new_context() as context:
        wrong, right = work_through(context.new_page(), address)
    assert wrong.startswith("✗ Not yet. A <- S ->")
    assert right.startswith("✓ Right.")
