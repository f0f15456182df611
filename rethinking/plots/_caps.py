"""Round caps that do not lengthen a bar.

A round cap reaches half a line's width beyond the end of the line, so a bar 12 points wide would overstate an interval
by 12 points, more than the whole interval of a precise estimate.
"""

import numpy as np
from matplotlib.path import Path
from matplotlib.patheffects import AbstractPathEffect
from matplotlib.transforms import IdentityTransform


class FittingCaps(AbstractPathEffect):
    """Draw each segment pulled in by half its width, so that its round caps end where the segment ends.

    The segment itself keeps its ends in data coordinates. A segment shorter than it is wide is drawn thinner.
    """

    def draw_path(self, renderer, gc, tpath, affine, rgbFace=None):
        """Draw one segment; the method that matplotlib calls for each, with its own argument names."""
        start, end = affine.transform(np.asarray(tpath.vertices)[[0, -1]])
        length = np.hypot(*(end - start))
        if not length > 0:
            return
        full = renderer.points_to_pixels(gc.get_linewidth())
        width = min(full, 0.9 * length)
        inset = (end - start) * width / (2 * length)
        thin = renderer.new_gc()
        thin.copy_properties(gc)
        thin.set_linewidth(gc.get_linewidth() * width / full)
        renderer.draw_path(thin, Path([start + inset, end - inset]), IdentityTransform())
        thin.restore()
