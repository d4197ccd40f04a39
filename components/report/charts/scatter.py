"""Points in a plane with the ellipses of a Gaussian mixture over them, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from components.report.charts.charts import linear_ticks
from components.words.text import compact
from models.clustering.rules.mixture import Mixture

SIDE = 640  # units of the picture's own coordinates
EDGE = 46
DEVIATIONS = (1, 2)


@dataclass(frozen=True)
class Cloud:
    """Points (n, 2) of one colour; the CSS class ``style`` sets it, and ``name`` is what they are called."""

    points: np.ndarray
    style: str
    name: str


@dataclass(frozen=True)
class Component:
    """One Gaussian of a mixture in the plane: mean (2,), covariance (2, 2), weight, class and label.

    Only the mean of a ``minor`` component is visible until the reader asks for all.
    """

    mean: np.ndarray
    covariance: np.ndarray
    weight: float
    style: str
    label: str
    minor: bool = False

    @property
    def classes(self) -> str:
        """CSS classes of its drawing."""
        return f"{self.style} minor" if self.minor else self.style


@dataclass(frozen=True)
class Plane:
    """Maps data to the picture with one scale for both axes, so that circles stay circles."""

    low: np.ndarray
    scale: float
    offset: np.ndarray

    def places(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) as places (n, 2) from the left and the top."""
        across = (np.asarray(points, float) - self.low) * self.scale + self.offset
        return np.stack([across[:, 0], SIDE - across[:, 1]], axis=1)


def plane_of(points: np.ndarray) -> Plane:
    """The plane that holds the points (n, 2), n >= 1, except the outermost 0.2% at each end."""
    low, high = np.percentile(points, [0.2, 99.8], axis=0)
    scale = (SIDE - 2 * EDGE) / (float((high - low).max()) or 1.0)
    return Plane(low, scale, (SIDE - (high - low) * scale) / 2)


def components_of(mixture: Mixture, axes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Means (k, axes) and covariances (k, axes, axes) of a mixture on its first axes alone."""
    inverse = np.linalg.inv(mixture.precisions_cholesky)
    covariances = inverse.transpose(0, 2, 1) @ inverse
    return mixture.means[:, :axes], covariances[:, :axes, :axes]


def scatter(
    clouds: Sequence[Cloud],
    components: Sequence[Component],
    plane: Plane,
    captions: tuple[str, str],
    title: str,
) -> Markup:
    """The picture: axes, points, ellipses at 1 and 2 deviations, and labels at the components' means."""
    out = [
        f'<svg class="chart plane" viewBox="0 0 {SIDE} {SIDE}" role="img" aria-label="{escape(title)}">',
        _ticks(plane, captions),
    ]
    many = sum(len(cloud.points) for cloud in clouds) > 1500
    out.append(f'<g class="cloud {"small" if many else "large"}">')
    out += [dots_of(cloud, plane) for cloud in clouds if len(cloud.points)]
    out.append('</g><g class="ellipses">')
    out += [_ellipses(component, plane) for component in components]
    out.append('</g><g class="names">')
    out += [_name(component, plane) for component in components]
    return Markup("".join(out) + "</g></svg>")


def dots_of(cloud: Cloud, plane: Plane) -> str:
    """The points of a cloud that lie in the plane's picture, as one <path>."""
    path = "".join(
        f"M{x:.0f} {y:.0f}h0" for x, y in plane.places(cloud.points) if 0 <= x <= SIDE and 0 <= y <= SIDE
    )
    return f'<path class="dots {cloud.style}" d="{path}"><title>{escape(cloud.name)}</title></path>'


def _ellipses(component: Component, plane: Plane) -> str:
    (x, y), (rx, ry, angle) = plane.places(component.mean[None])[0], radii(component.covariance, plane.scale)
    turned = f'transform="rotate({-angle:.1f} {x:.1f} {y:.1f})"'
    tip = f"{component.label}: weight {component.weight:.3f}"
    centre = f'cx="{x:.1f}" cy="{y:.1f}"'
    drawn = "".join(
        f'<ellipse class="d{times}" {centre} rx="{times * rx:.1f}" ry="{times * ry:.1f}" {turned}/>'
        for times in reversed(DEVIATIONS)
    )
    return f'<g class="{component.classes}"><title>{escape(tip)}</title>{drawn}</g>'


def radii(covariance: np.ndarray, scale: float = 1.0) -> tuple[float, float, float]:
    """Both half axes of a covariance (2, 2) at one deviation, and the longer one's angle in degrees."""
    values, vectors = np.linalg.eigh(covariance)
    long, short = np.sqrt(values[::-1].clip(0)) * scale
    return float(long), float(short), float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))


def _name(component: Component, plane: Plane) -> str:
    x, y = plane.places(component.mean[None])[0]
    cross = f'<path class="mean" d="M{x - 5:.1f} {y:.1f}h10M{x:.1f} {y - 5:.1f}v10"/>'
    text = f'<text x="{x:.1f}" y="{y - 9:.1f}">{escape(component.label)}</text>'
    return f'<g class="{component.classes}">{cross}{text}</g>'


def _ticks(plane: Plane, captions: tuple[str, str]) -> str:
    ends = plane.low + (np.array([SIDE, SIDE]) - EDGE - plane.offset) / plane.scale
    starts = plane.low + (EDGE - plane.offset) / plane.scale
    bottom = SIDE - EDGE + 14
    out = [f'<g class="grid"><path class="base" d="M{EDGE - 14} {EDGE - 14}V{bottom}H{SIDE - EDGE + 14}"/>']
    for tick in linear_ticks(float(starts[0]), float(ends[0]), 6):
        x = plane.places(np.array([[tick, 0.0]]))[0, 0]
        out.append(
            f'<path d="M{x:.1f} {bottom}v4"/><text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">'
        )
        out.append(f"{compact(tick)}</text>")
    for tick in linear_ticks(float(starts[1]), float(ends[1]), 6):
        y = plane.places(np.array([[0.0, tick]]))[0, 1]
        out.append(
            f'<path d="M{EDGE - 14} {y:.1f}h-4"/><text x="{EDGE - 20}" y="{y + 4:.1f}" text-anchor="end">'
        )
        out.append(f"{compact(tick)}</text>")
    out.append(
        f'<text class="caption" x="{SIDE - EDGE + 14}" y="{SIDE - 2}" text-anchor="end">{escape(captions[0])}'
    )
    return "".join(out) + f'</text><text class="caption" x="4" y="20">{escape(captions[1])}</text></g>'
