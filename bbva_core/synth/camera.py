"""A pinhole camera that turns and zooms in one place, and the operator who follows the ball."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A view: where the camera stands (metres), where it looks (radians), and its focal length in pixels."""

    position: tuple[float, float, float]
    pan: float
    """0 looks along +y; positive turns right."""
    tilt: float
    """Positive looks down."""
    focal: float
    width: int
    height: int

    @property
    def rotation(self) -> Array:
        """Rows are the axes of the picture in the world: right, down, forward."""
        sp, cp, st, ct = np.sin(self.pan), np.cos(self.pan), np.sin(self.tilt), np.cos(self.tilt)
        right = np.array([cp, -sp, 0.0])
        forward = np.array([sp * ct, cp * ct, -st])
        return np.stack([right, -np.cross(right, forward), forward])

    @property
    def matrix(self) -> Array:
        """The intrinsic matrix: pixels, origin top left."""
        return np.array([[self.focal, 0, self.width / 2], [0, self.focal, self.height / 2], [0, 0, 1.0]])

    def project(self, points: npt.ArrayLike) -> Array:
        """World points (n, 3) in metres to rows of (u, v, depth): pixels, pixels, metres along the view."""
        local = (np.asarray(points, float).reshape(-1, 3) - np.array(self.position)) @ self.rotation.T
        depth = np.maximum(local[:, 2], 0.05)
        return np.stack(
            [
                self.width / 2 + self.focal * local[:, 0] / depth,
                self.height / 2 + self.focal * local[:, 1] / depth,
                depth,
            ],
            axis=1,
        )

    def homography_from(self, other: Camera) -> Array:
        """Maps pixels of `other`, a view from the same place, to pixels of this one."""
        mapped = self.matrix @ self.rotation @ other.rotation.T @ np.linalg.inv(other.matrix)
        return np.asarray(mapped / mapped[2, 2])

    def plane(self, origin: npt.ArrayLike, right: npt.ArrayLike, down: npt.ArrayLike) -> Array:
        """The homography of a plane: (a, b, 1) stands for the world point origin + a right + b down."""
        start = np.asarray(origin, float) - np.array(self.position)
        columns = np.stack([np.asarray(right, float), np.asarray(down, float), start], axis=1)
        return np.asarray(self.matrix @ self.rotation @ columns)


@dataclass(frozen=True, kw_only=True)
class Tripod:
    """A place to film from, the limits of its head, and how it frames. Angles in radians."""

    name: str
    position: tuple[float, float, float]
    half_view: float
    """Half the horizontal angle of view."""
    pan_limits: tuple[float, float]
    tilt_limits: tuple[float, float]
    look_height: float
    follow: float
    """How closely it follows the ball, per second."""
    lead: float
    """How far it looks from the ball towards the basket under attack, 0 to 1."""

    def view(self, pan: float, tilt: float, width: int, height: int) -> Camera:
        """The camera turned to pan and tilt, within the limits of the head."""
        focal = width / 2 / np.tan(self.half_view)
        return Camera(
            position=self.position,
            pan=float(np.clip(pan, *self.pan_limits)),
            tilt=float(np.clip(tilt, *self.tilt_limits)),
            focal=float(focal),
            width=width,
            height=height,
        )

    def panorama(self, width: int, height: int) -> Camera:
        """One wide view that holds every view this tripod can take of a picture of width x height."""
        middle = self.view(sum(self.pan_limits) / 2, sum(self.tilt_limits) / 2, width, height)
        rays = []
        for pan in (*self.pan_limits, middle.pan):
            for tilt in self.tilt_limits:
                view = self.view(pan, tilt, width, height)
                corners = np.array([[x, y, 1.0] for x in (0, width / 2, width) for y in (0, height / 2, height)])
                rays.append(corners @ np.linalg.inv(view.matrix).T @ view.rotation)
        local = np.concatenate(rays) @ middle.rotation.T
        reach = np.abs(local[:, :2] / local[:, 2:]).max(axis=0) * middle.focal + 4
        return Camera(
            position=self.position,
            pan=middle.pan,
            tilt=middle.tilt,
            focal=middle.focal,
            width=2 * int(np.ceil(reach[0])),
            height=2 * int(np.ceil(reach[1])),
        )


def _degrees(low: float, high: float) -> tuple[float, float]:
    return float(np.radians(low)), float(np.radians(high))


MAIN = Tripod(
    name="main",
    position=(0.0, -24.0, 8.6),
    half_view=float(np.radians(16.6)),
    pan_limits=_degrees(-22, 22),
    tilt_limits=_degrees(14.5, 17.5),
    look_height=1.0,
    follow=1.6,
    lead=0.28,
)


def close_tripod(side: int) -> Tripod:
    """The camera near the basket on `side` (+1 right, -1 left)."""
    low, high = (-14.0, 26.0) if side > 0 else (-26.0, 14.0)
    return Tripod(
        name="close-right" if side > 0 else "close-left",
        position=(side * 5.5, -15.5, 3.4),
        half_view=float(np.radians(17.0)),
        pan_limits=_degrees(low, high),
        tilt_limits=_degrees(3.0, 6.5),
        look_height=1.5,
        follow=3.0,
        lead=0.12,
    )


class Operator:
    """Turns the head of a tripod smoothly after the ball."""

    def __init__(self, tripod: Tripod, target: tuple[float, float], width: int, height: int) -> None:
        self.tripod = tripod
        self._size = (width, height)
        self._x, self._y = target
        self._vx = self._vy = 0.0

    def follow(self, target: tuple[float, float], dt: float) -> Camera:
        """Move on by dt seconds towards the target (x, y) in metres, and look."""
        w = self.tripod.follow
        for axis, wanted in (("x", target[0]), ("y", target[1])):
            at, speed = getattr(self, f"_{axis}"), getattr(self, f"_v{axis}")
            pull = w * w * (wanted - at) - 2 * w * speed  # critically damped
            speed += pull * dt
            setattr(self, f"_v{axis}", speed)
            setattr(self, f"_{axis}", at + speed * dt)
        return self.look()

    def look(self) -> Camera:
        """The view as it stands."""
        px, py, pz = self.tripod.position
        dx, dy = self._x - px, self._y - py
        pan = float(np.arctan2(dx, dy))
        tilt = float(np.arctan2(pz - self.tripod.look_height, np.hypot(dx, dy)))
        return self.tripod.view(pan, tilt, *self._size)
