"""What a DoFn wraps the elements in that it emits when a bundle ends."""

from typing import Any

from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue


def in_global_window(value: Any) -> WindowedValue:
    """``value`` as an element of a batch pipeline: all of it is one window."""
    window = GlobalWindow()
    return WindowedValue(value, window.max_timestamp(), (window,))
