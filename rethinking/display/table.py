"""Small HTML tables."""

from html import escape

__all__ = ["html_table"]


def html_table(head, rows):
    """Return an HTML table as pandas would write it, with a heading for each column.

    Examples
    --------
    >>> html_table(["fit"], [["a < b"]])[-49:]
    '<tbody><tr><td>a &lt; b</td></tr></tbody></table>'
    """
    heads = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="dataframe"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
