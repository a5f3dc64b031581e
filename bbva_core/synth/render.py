"""From the course of the game to pictures and their truth."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.appearance import Appearance, varied
from bbva_core.synth.arena import panorama
from bbva_core.synth.ball import draw_ball
from bbva_core.synth.basket import draw_basket, net_levels, rim_ring
from bbva_core.synth.camera import Camera, Operator, Tripod, close_tripod
from bbva_core.synth.canvas import Canvas, Coverage
from bbva_core.synth.court import court_named
from bbva_core.synth.play import Game, Happening
from bbva_core.synth.players import Look, draw_person, make_look
from bbva_core.synth.scorebug import ScoreBug
from bbva_core.synth.settings import SynthSettings
from bbva_core.synth.truth import Box, EventTruth, FrameTruth, ObjectTruth, ScoreTruth

Image = npt.NDArray[np.uint8]
BALL_OWNER = 20
_TICK = 1 / 60
_CLOSE_SECONDS = 2.6


class Director:
    """Chooses the camera: at the cuts that were asked for, or after made baskets."""

    def __init__(self, settings: SynthSettings, game: Game, size: tuple[int, int], main: Tripod) -> None:
        self._main = main
        self._cuts = None if settings.cuts is None else sorted(settings.cuts)
        self._size = size
        self._until = -1.0
        self._since_made = -1.0
        self.cut = 0
        self.operator = self._man(main, game)

    def _man(self, tripod: Tripod, game: Game) -> Operator:
        return Operator(tripod, _focus(game, tripod), *self._size)

    def step(self, game: Game, dt: float, made: bool) -> Camera:
        """Move on by dt seconds of the game."""
        close = self.operator.tripod is not self._main
        if self._cuts is not None:
            if self._cuts and game.time >= self._cuts[0]:
                self._cuts.pop(0)
                self._switch(self._main if close else close_tripod(game.side), game)
        elif close and game.time > self._until:
            self._switch(self._main, game)
        elif made:
            self._since_made = 0.0
        elif self._since_made >= 0:
            self._since_made += dt
            if self._since_made > 0.8:
                self._since_made, self._until = -1.0, game.time + _CLOSE_SECONDS
                self._switch(close_tripod(game.swish_side), game)
        return self.operator.follow(_focus(game, self.operator.tripod), dt)

    def _switch(self, tripod: Tripod, game: Game) -> None:
        self.operator = self._man(tripod, game)
        self.cut += 1


def _focus(game: Game, tripod: Tripod) -> tuple[float, float]:
    """Where to look on the floor: the ball, a little ahead of the attack."""
    x = float(game.ball[0]) * (1 - tripod.lead) + game.side * 11.0 * tripod.lead
    return x, float(game.ball[1]) * 0.3


class Renderer:
    """Draws frames one after the other. Use `render_frames`."""

    def __init__(self, settings: SynthSettings) -> None:
        self.settings = settings
        scale = settings.supersample
        self.size = (settings.width * scale, settings.height * scale)
        self.court = court_named(settings.court)
        streams = [np.random.default_rng([settings.seed, k]) for k in range(3)]
        self.game = Game(settings, streams[0])
        self.appearance = varied(settings.seed) if settings.varied else Appearance()
        self.looks = self._cast(streams[1])
        self.director = Director(settings, self.game, self.size, self.appearance.camera)
        self.canvas = Canvas(*self.size)
        self.bug = ScoreBug(
            settings.width, settings.height, settings.team_a, settings.team_b, self.appearance.bug_colours
        )
        self._panoramas: dict[str, tuple[Camera, Image]] = {}
        self._noise = streams[2].normal(0, 1.1, (settings.height + 64, settings.width + 64, 1)).astype(np.float32)
        self._grain = streams[2]
        ys, xs = np.mgrid[-1 : 1 : settings.height * 1j, -1 : 1 : settings.width * 1j]
        light = 1.05 - 0.10 * xs**2 - 0.10 * ys**2 - 0.03 * xs
        self._light = light[..., None].astype(np.float32) * np.array(self.appearance.light, np.float32)

    def _cast(self, rng: np.random.Generator) -> dict[int, Look]:
        looks = {}
        for actor in self.game.actors:
            kit = self.appearance.kits[actor.team] if actor.team < 2 else self.appearance.referee_kit
            looks[actor.ident] = make_look(rng, kit, actor.number, actor.height, actor.team == 2)
        return looks

    def frames(self) -> Iterator[tuple[Image, FrameTruth]]:
        """All frames in order."""
        settings, game = self.settings, self.game
        view = self.director.operator.look()
        happened: list[Happening] = []
        for index in range(settings.frame_count):
            track = [game.ball.copy()]
            if index:
                happened = []
                ticks = max(1, int(np.ceil(float(1 / settings.rate) / _TICK - 1e-6)))
                dt = float(1 / settings.rate) / ticks
                for _ in range(ticks):
                    track = [game.ball.copy()]
                    news = game.step(dt)
                    happened += news
                    view = self.director.step(game, dt, any(item.kind == "made" for item in news))
                    track.append(game.ball.copy())
            yield self._frame(index, view, np.array([track[-1] - (track[-1] - track[0]) * 0.5, track[-1]]), happened)

    def _background(self, view: Camera) -> Image:
        tripod = self.director.operator.tripod
        if tripod.name not in self._panoramas:
            wide = tripod.panorama(*self.size)
            self._panoramas[tripod.name] = (
                wide,
                panorama(wide, self.court, (self.settings.seed, 77), self.settings.crowd, self.appearance),
            )
        wide, picture = self._panoramas[tripod.name]
        warp = view.homography_from(wide)
        return np.asarray(cv2.warpPerspective(picture, warp, self.size, flags=cv2.INTER_LINEAR), np.uint8)

    def _frame(
        self, index: int, view: Camera, track: npt.NDArray[np.float64], happened: list[Happening]
    ) -> tuple[Image, FrameTruth]:
        canvas, game = self.canvas, self.game
        canvas.start(self._background(view))
        for _, pose in game.poses():
            fade = 1 / (1 + 2 * pose.lift)
            canvas.shadow(view, pose.x, pose.y, 0.55, 0.42 * fade)
            canvas.shadow(view, pose.x - 0.15, pose.y + 0.35, 0.8, 0.16 * fade)
            for foot in pose.feet:
                c, s = np.cos(pose.heading), np.sin(pose.heading)
                x, y = pose.x + c * foot[0] - s * foot[1], pose.y + s * foot[0] + c * foot[1]
                canvas.shadow(view, x, y, 0.16, 0.45 * fade / (1 + 8 * max(0.0, foot[2])))
        canvas.shadow(view, float(game.ball[0]), float(game.ball[1]), 0.16, 0.5 / (1 + float(game.ball[2])))
        covers: dict[int, Coverage] = {}
        for actor, pose in sorted(game.poses(), key=lambda item: item[1].y):
            cover = draw_person(canvas, view, self.looks[actor.ident], pose, actor.ident)
            if cover is not None:
                covers[actor.ident] = cover
        ball = draw_ball(canvas, view, track, game.spin, BALL_OWNER)
        if ball is not None:
            covers[BALL_OWNER] = ball
        for side in (-1, 1):
            if self._near_basket(view, side):
                draw_basket(canvas, view, self.court, side, game.swish if side == game.swish_side else 0.0)
        truth = FrameTruth(
            index=index,
            seconds=index / self.settings.rate,
            cut=self.director.cut,
            camera=self.director.operator.tripod.name,
            objects=tuple(self._objects(view, covers)),
            scoreboard=self._score(),
            events=tuple(
                EventTruth(
                    frame_index=index,
                    kind=item.kind,
                    team="b" if item.team else "a",
                    number=item.number,
                    points=item.points,
                )
                for item in happened
            ),
        )
        return self._finish(), truth

    def _near_basket(self, view: Camera, side: int) -> bool:
        u = view.project([(side * self.court.rim_x, 0.0, 3.0)])[0, 0]
        return bool(-0.6 * view.width < u < 1.6 * view.width)

    def _finish(self) -> Image:
        """Average down, light, grain, graphic."""
        settings = self.settings
        size = (settings.width, settings.height)
        small = cv2.resize(self.canvas.colour, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        dx, dy = self._grain.integers(0, 64, 2)
        small = small * self._light + self._noise[dy : dy + settings.height, dx : dx + settings.width]
        picture = np.clip(small + 0.5, 0, 255).astype(np.uint8)
        if settings.score_bug:
            self.bug.draw(picture, self.game.board)
        return np.asarray(picture)

    def _score(self) -> ScoreTruth:
        board = self.game.board
        return ScoreTruth(
            score_a=board.scores[0],
            score_b=board.scores[1],
            period=board.period,
            game_clock_seconds=board.shown_clock,
            shot_clock_seconds=board.shown_shot_clock,
            text=" ".join(self.bug.texts(board)),
        )

    def _objects(self, view: Camera, covers: dict[int, Coverage]) -> Iterator[ObjectTruth]:
        for actor in self.game.actors:
            if actor.ident in covers:
                box, visible = self._extent(covers[actor.ident], actor.ident)
                yield ObjectTruth(
                    kind="referee" if actor.team == 2 else "player",
                    ident=actor.ident,
                    team=None if actor.team == 2 else ("b" if actor.team else "a"),
                    number=actor.number,
                    box=box,
                    visible=visible,
                )
        if BALL_OWNER in covers:
            box, visible = self._extent(covers[BALL_OWNER], BALL_OWNER)
            yield ObjectTruth(kind="ball", ident=BALL_OWNER, team=None, number=None, box=box, visible=visible)
        for side in (-1, 1):
            levels = net_levels(rim_ring(self.court, side))
            points = view.project(np.concatenate(levels))[:, :2] / self.settings.supersample
            low, high = points.min(axis=0) - 0.5, points.max(axis=0) + 0.5
            edge = np.array([self.settings.width, self.settings.height])
            cut_low, cut_high = np.clip(low, 0, edge), np.clip(high, 0, edge)
            share = float(np.prod(cut_high - cut_low) / np.prod(high - low))
            if share > 0.05:
                box = (float(cut_low[0]), float(cut_low[1]), float(cut_high[0]), float(cut_high[1]))
                yield ObjectTruth(kind="rim", ident=21 + (side > 0), team=None, number=None, box=box, visible=1.0)

    def _extent(self, cover: Coverage, owner: int) -> tuple[Box, float]:
        scale = self.settings.supersample
        columns = np.flatnonzero(cover.mask.any(axis=0))
        rows = np.flatnonzero(cover.mask.any(axis=1))
        if not len(columns):
            return (0.0, 0.0, 0.0, 0.0), 0.0
        high, wide = cover.mask.shape
        window = self.canvas.owner[cover.y : cover.y + high, cover.x : cover.x + wide]
        seen = int(((window == owner) & (cover.mask > 0)).sum())
        box = (
            (cover.x + int(columns[0])) / scale,
            (cover.y + int(rows[0])) / scale,
            (cover.x + int(columns[-1]) + 1) / scale,
            (cover.y + int(rows[-1]) + 1) / scale,
        )
        return box, seen / int((cover.mask > 0).sum())


def render_frames(settings: SynthSettings) -> Iterator[tuple[Image, FrameTruth]]:
    """The frames of a game, BGR uint8 (height, width, 3), with their truth."""
    return Renderer(settings).frames()
