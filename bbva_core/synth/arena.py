"""What never moves: the floor, advertising boards, benches and the stands, as one panorama a camera turns in."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.appearance import Appearance
from bbva_core.synth.camera import Camera
from bbva_core.synth.canvas import BGR, Canvas, Capsule
from bbva_core.synth.court import FLOOR_X, FLOOR_Y, Court, paint_floor
from bbva_core.synth.lettering import text_mask
from bbva_core.synth.players import HAIR, SKIN

Image = npt.NDArray[np.uint8]
Point = tuple[float, float, float]

_BOARD_Y, _BOARD_HIGH = 9.9, 0.95
_STAND_Y, _END_X = 10.7, 17.9
_ROW_DEEP, _ROW_HIGH, _SEAT = 0.92, 0.52, 0.60
_ADS: tuple[tuple[str, BGR, BGR], ...] = (
    ("OPEN COURT", (150, 70, 20), (255, 255, 255)),
    ("NOVA AIR", (238, 238, 238), (140, 60, 20)),
    ("PIXEL COLA", (40, 30, 180), (255, 255, 255)),
    ("FRAME & CO", (40, 40, 44), (80, 220, 250)),
    ("TIDE BANK", (120, 110, 10), (255, 255, 255)),
    ("24 SECONDS", (30, 130, 230), (20, 20, 30)),
)


def panorama(camera: Camera, court: Court, seed: Sequence[int], crowd: float, look: Appearance) -> Image:
    """The still scene as that wide camera sees it, BGR.

    Args:
        seed: Chooses grain and people; the same for all cameras of a game.
        crowd: Share of seats taken, 0 to 1.
        look: Colours and light.
    """
    rng = np.random.default_rng(seed)
    canvas = Canvas(camera.width, camera.height)
    canvas.colour[:] = (26, 22, 20)
    per_metre = float(np.clip(camera.focal / 17.0, 12, 110))
    floor = paint_floor(court, look.floor, per_metre, rng)
    _stands(canvas, camera, look.stands_light)
    _plane(canvas, camera, floor, (-FLOOR_X, FLOOR_Y, 0), (1 / per_metre, 0, 0), (0, -1 / per_metre, 0))
    _boards(canvas, camera)
    _people(canvas, camera, crowd, look, rng)
    _bench(canvas, camera, look, rng)
    return canvas.colour


def _plane(canvas: Canvas, camera: Camera, texture: Image, origin: Point, right: Point, down: Point) -> None:
    warp = camera.plane(origin, right, down)
    size = (canvas.width, canvas.height)
    mask = cv2.warpPerspective(np.full(texture.shape[:2], 255, np.uint8), warp, size, flags=cv2.INTER_LINEAR)
    drawn = cv2.warpPerspective(texture, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = mask[..., None].astype(np.float32) / 255
    rows = np.flatnonzero(mask.max(axis=1))
    if not len(rows):
        return
    box = np.s_[rows[0] : rows[-1] + 1]
    canvas.colour[box] = (canvas.colour[box] * (1 - alpha[box]) + drawn[box] * alpha[box]).astype(np.uint8)


def _quad(canvas: Canvas, camera: Camera, corners: Sequence[Point], colour: BGR) -> None:
    fixed = np.round(np.clip(camera.project(corners)[:, :2], -1e5, 1e5) * 16).astype(np.int32)
    cv2.fillPoly(canvas.colour, [fixed], colour, cv2.LINE_AA, 4)


def _stands(canvas: Canvas, camera: Camera, light: float) -> None:
    """Steps of concrete and seats behind the far side and both ends, and the hall behind."""
    wide = 30.0
    _quad(canvas, camera, [(-60, 45, -5), (60, 45, -5), (60, 45, 40), (-60, 45, 40)], (30, 26, 24))
    for row in reversed(range(18)):
        y, z = _STAND_Y + row * _ROW_DEEP, 0.55 + row * _ROW_HIGH
        tone = (1.0 - 0.022 * row) * light
        riser, tread = _scaled((72, 62, 56), tone), _scaled((52, 44, 40), tone)
        _quad(canvas, camera, [(-wide, y, z - _ROW_HIGH), (wide, y, z - _ROW_HIGH), (wide, y, z), (-wide, y, z)], riser)
        back = y + _ROW_DEEP
        _quad(canvas, camera, [(-wide, y, z), (wide, y, z), (wide, back, z), (-wide, back, z)], tread)
    for side in (-1, 1):
        for row in reversed(range(12)):
            x, z = side * (_END_X + row * _ROW_DEEP), 0.45 + row * _ROW_HIGH
            back = x + side * _ROW_DEEP
            low, high = -14.0, _STAND_Y - 0.4
            corners = [(x, low, z - _ROW_HIGH), (x, high, z - _ROW_HIGH), (x, high, z), (x, low, z)]
            tread = _scaled((50, 42, 38), light)
            _quad(canvas, camera, corners, _scaled((70, 60, 54), light))
            _quad(canvas, camera, [(x, low, z), (x, high, z), (back, high, z), (back, low, z)], tread)


def _scaled(colour: BGR, factor: float) -> BGR:
    return int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor)


def _boards(canvas: Canvas, camera: Camera) -> None:
    """Advertising along the far side, and along both ends."""
    per_metre = 60.0
    strips = []
    for text, ground, ink in _ADS:
        panel = np.empty((round(_BOARD_HIGH * per_metre), round(4.4 * per_metre), 3), np.uint8)
        panel[:] = ground
        panel[:2] = panel[-3:] = (24, 24, 24)
        mask = text_mask(text, round(0.62 * per_metre), 1)[: panel.shape[0] - 6, : panel.shape[1] - 8]
        top, left = (panel.shape[0] - mask.shape[0]) // 2, (panel.shape[1] - mask.shape[1]) // 2
        part = panel[top : top + mask.shape[0], left : left + mask.shape[1]]
        alpha = mask[..., None].astype(np.float32) / 255
        part[:] = (part * (1 - alpha) + np.array(ink, np.float32) * alpha).astype(np.uint8)
        strips.append(panel)
    far = np.concatenate(strips + strips[:2], axis=1)
    near_end = np.concatenate(strips[2:6], axis=1)
    step = 1 / per_metre
    start = -far.shape[1] / per_metre / 2
    _plane(canvas, camera, far, (start, _BOARD_Y, _BOARD_HIGH), (step, 0, 0), (0, 0, -step))
    half = near_end.shape[1] / per_metre / 2
    _plane(canvas, camera, near_end, (-_END_X + 0.4, -half, 0.8), (0, step, 0), (0, 0, -step * 0.84))
    _plane(canvas, camera, near_end, (_END_X - 0.4, half, 0.8), (0, -step, 0), (0, 0, -step * 0.84))


def _people(canvas: Canvas, camera: Camera, crowd: float, look: Appearance, rng: np.random.Generator) -> None:
    for row in range(18):
        y, z = _STAND_Y + row * _ROW_DEEP + 0.5, 0.55 + row * _ROW_HIGH
        light = (0.92 - 0.030 * row) * look.stands_light
        for x in np.arange(-27, 27, _SEAT):
            aisle = abs((x + 4.5) % 9.0 - 0.2) < 0.65
            if aisle:
                continue
            _seat(canvas, camera, (float(x), y, z), (0, -1), crowd, light, look, rng)
    for side in (-1, 1):
        for row in range(12):
            x, z = side * (_END_X + row * _ROW_DEEP + 0.5), 0.45 + row * _ROW_HIGH
            for y in np.arange(-9.0, _STAND_Y - 0.8, _SEAT):
                if abs((y + 3.0) % 7.0 - 0.2) < 0.6:
                    continue
                light = (0.85 - 0.03 * row) * look.stands_light
                _seat(canvas, camera, (x, float(y), z), (-side, 0), crowd, light, look, rng)


def _seat(
    canvas: Canvas,
    camera: Camera,
    at: Point,
    facing: tuple[int, int],
    crowd: float,
    light: float,
    look: Appearance,
    rng: np.random.Generator,
) -> None:
    """A seat, and who sits in it. Takes the same numbers from rng whether or not it is in the picture."""
    taken = rng.random() < crowd
    r = rng.random(8)
    cloth = look.clothes[int(r[0] * len(look.clothes))]
    if r[1] < look.fans:
        cloth = look.kits[int(r[2] < 0.45)].jersey
    legs = ((52, 42, 36), (90, 70, 48), (40, 40, 44))[int(r[2] * 3)]
    skin, hair = SKIN[int(r[3] * len(SKIN))], HAIR[int(r[4] * len(HAIR))]
    x, y, z = at
    u, v, depth = camera.project([(x, y, z + 0.6)])[0]
    margin = camera.focal * 1.2 / depth
    if not (-margin < u < canvas.width + margin and -margin < v < canvas.height + margin):
        return
    fx, fy = facing
    back = (x - 0.24 * fx, y - 0.24 * fy)
    seat = _scaled((96, 52, 34), light)
    if not taken:
        (bx, by), (wx, wy) = back, (0.15 * fy, 0.15 * fx)
        bars = [Capsule((bx - wx, by - wy, z + 0.6), (bx + wx, by + wy, z + 0.6), 0.14, 0.14, seat)]
        if camera.focal / depth > 16:  # else too small to show more
            bars = [Capsule((bx - wx, by - wy, h), (bx + wx, by + wy, h), 0.1, 0.1, seat) for h in (z + 0.5, z + 0.68)]
            bars.append(Capsule((x - wx, y - wy, z + 0.38), (x + wx, y + wy, z + 0.38), 0.1, 0.1, seat))
        canvas.figure(camera, bars)
        return
    _sitter(canvas, camera, at, facing, (cloth, legs, skin, hair), light, r[5:8])


def _sitter(
    canvas: Canvas,
    camera: Camera,
    at: Point,
    facing: tuple[int, int],
    colours: tuple[BGR, BGR, BGR, BGR],
    light: float,
    r: npt.NDArray[np.float64],
) -> None:
    (x, y, z), (fx, fy) = at, facing
    cloth, legs, skin, hair = (_scaled(colour, light) for colour in colours)
    sx, sy = -fy, fx
    tall = 0.92 + 0.12 * float(r[0])
    sway = 0.10 * (float(r[1]) - 0.5)
    x, y = x + sx * sway, y + sy * sway
    lean = 0.05 + 0.14 * float(r[2])
    top = (x + fx * lean, y + fy * lean, z + 0.85 * tall)
    parts = []
    for s in (-1, 1):
        dx, dy = sx * s, sy * s
        hip = (x + dx * 0.09, y + dy * 0.09, z + 0.46)
        knee = (x + dx * 0.11 + fx * 0.42, y + dy * 0.11 + fy * 0.42, z + 0.48)
        parts.append(Capsule(hip, knee, 0.10, 0.075, legs))
        parts.append(Capsule(knee, (knee[0], knee[1], z + 0.06), 0.07, 0.05, legs))
        shoulder = (top[0] + dx * 0.19, top[1] + dy * 0.19, top[2] + 0.03)
        elbow = (shoulder[0] + dx * 0.06 + fx * 0.06, shoulder[1] + dy * 0.06 + fy * 0.06, z + 0.62)
        parts.append(Capsule(shoulder, elbow, 0.065, 0.055, cloth))
        parts.append(
            Capsule(elbow, (x + dx * 0.07 + fx * 0.34, y + dy * 0.07 + fy * 0.34, z + 0.60), 0.05, 0.045, skin)
        )
        parts.append(
            Capsule((hip[0], hip[1], z + 0.5), (top[0] + dx * 0.1, top[1] + dy * 0.1, top[2]), 0.13, 0.11, cloth)
        )
    head = (top[0] + fx * 0.05, top[1] + fy * 0.05, top[2] + 0.29)
    parts.append(Capsule(top, head, 0.06, 0.055, skin))
    parts.append(Capsule(head, (head[0], head[1], head[2] - 0.06), 0.105, 0.09, skin))
    crown = (head[0] - fx * 0.035, head[1] - fy * 0.035, head[2] + 0.045)
    parts.append(Capsule(crown, (crown[0] - fx * 0.02, crown[1] - fy * 0.02, crown[2] - 0.07), 0.108, 0.09, hair))
    canvas.figure(camera, parts)


def _bench(canvas: Canvas, camera: Camera, look: Appearance, rng: np.random.Generator) -> None:
    """Substitutes of both teams and the scorer's table between them, along the far side."""
    for side, kit in ((1, look.kits[0]), (-1, look.kits[1])):
        for k in range(8):
            x, y = side * (4.2 + 0.85 * k), 9.15
            r = rng.random(6)
            skin, hair = SKIN[int(r[0] * 4)], HAIR[int(r[1] * 3)]
            shirt = kit.jersey if k < 6 else (52, 44, 40)
            legs = skin if k < 6 else (44, 38, 36)
            canvas.shadow(camera, x, y - 0.2, 0.4, 0.5)
            chair = Capsule((x, y + 0.2, 0.1), (x, y + 0.2, 0.75), 0.2, 0.2, (60, 52, 48))
            canvas.figure(camera, [chair])
            _sitter(canvas, camera, (x, y, 0.0), (0, -1), (shirt, legs, skin, hair), 1.0, r[3:6])
    for k in range(5):
        r = rng.random(6)
        colours = ((70, 56, 44), (40, 40, 40), SKIN[int(r[0] * 7)], HAIR[int(r[1] * 5)])
        _sitter(canvas, camera, (-2.2 + 1.1 * k, 9.4, 0.0), (0, -1), colours, 1.0, r[3:6])
    table = camera.project([(-3.2, 8.8, 0), (3.2, 8.8, 0), (3.2, 8.8, 0.78), (-3.2, 8.8, 0.78)])
    canvas.polygon(table, (70, 40, 24))
    top = camera.project([(-3.2, 8.8, 0.78), (3.2, 8.8, 0.78), (3.2, 9.2, 0.78), (-3.2, 9.2, 0.78)])
    canvas.polygon(top, (176, 168, 160))
    per_metre = 80.0
    mask = text_mask("OPEN COURT LEAGUE", round(0.5 * per_metre), 1)
    texture = np.empty((*mask.shape, 3), np.uint8)
    alpha = mask[..., None].astype(np.float32) / 255
    texture[:] = ((1 - alpha) * np.array((70, 40, 24)) + alpha * np.array((240, 240, 240))).astype(np.uint8)
    step = 1 / per_metre
    left = -mask.shape[1] * step / 2
    _plane(canvas, camera, texture, (left, 8.79, 0.58), (step, 0, 0), (0, 0, -step))
