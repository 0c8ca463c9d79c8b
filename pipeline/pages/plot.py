"""Small plots of a number over time, as coordinates for SVG."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, EDGE = 320, 84, 8


@dataclass(frozen=True, slots=True)
class Point:
    """One value; ``text`` describes it."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A line through points; ``low`` and ``high`` are its smallest and largest value."""

    title: str
    points: tuple[Point, ...]
    low: str
    high: str
    since: str

    @property
    def line(self) -> str:
        """The points of a polyline."""
        return " ".join(f"{point.x:g},{point.y:g}" for point in self.points)

    @property
    def area(self) -> str:
        """The points of the polygon below the line."""
        first, last = self.points[0].x, self.points[-1].x
        return f"{first:g},{HEIGHT} {self.line} {last:g},{HEIGHT}"

    @property
    def dots(self) -> str:
        """The points as elements of SVG, in which everything is escaped."""
        return "".join(
            f'<circle cx="{point.x:g}" cy="{point.y:g}" r="2.5">'
            f"<title>{escape(point.text)}</title></circle>"
            for point in self.points
        )

    @property
    def summary(self) -> str:
        """The plot in words, for those who do not see it."""
        values = self.high if self.low == self.high else f"{self.low} to {self.high}"
        return f"{self.title} of the last {len(self.points)} loads since {self.since}: {values}"


def plot(
    title: str, values: Sequence[tuple[dt.datetime, int]], text: Callable[[int], str]
) -> Plot | None:
    """Plot values over time, the axis beginning at zero; None with fewer than two."""
    if len(values) < 2:
        return None
    first, last = values[0][0], values[-1][0]
    span = (last - first).total_seconds() or 1
    largest = max(number for _, number in values) or 1
    points = []
    for at, number in values:
        x = EDGE + (WIDTH - 2 * EDGE) * (at - first).total_seconds() / span
        y = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * number / largest
        points.append(Point(round(x, 1), round(y, 1), f"{at:%Y-%m-%d %H:%M}: {text(number)}"))
    numbers = [number for _, number in values]
    return Plot(title, tuple(points), text(min(numbers)), text(max(numbers)), f"{first:%Y-%m-%d}")
