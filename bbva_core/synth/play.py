"""The course of the game: possessions, passes, shots, rebounds, and what everybody does meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bbva_core.synth.actors import Actor
from bbva_core.synth.ball import GRAVITY, Flight
from bbva_core.synth.court import BALL_RADIUS, RIM_HEIGHT, court_named
from bbva_core.synth.pose import Pose
from bbva_core.synth.scoreboard import SHOT_SECONDS, Scoreboard
from bbva_core.synth.settings import SynthSettings
from bbva_core.synth.tactics import direct

Array = npt.NDArray[np.float64]
Phase = Literal["advance", "set", "drive", "shot", "made", "rebound", "inbound", "outlet"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that the play-by-play would note. team is 0 or 1."""

    kind: Literal["shot", "made", "missed", "rebound"]
    team: int
    number: int
    points: int


class Game:
    """Ten players, referees, a ball, and the state of the possession."""

    def __init__(self, settings: SynthSettings, rng: np.random.Generator) -> None:
        self.rng = rng
        self.court = court_named(settings.court)
        self.board = Scoreboard.random(rng, settings.seconds)
        self.offence = int(rng.integers(2))
        self.phase: Phase = "set"
        self.since = 0.0
        self.time = 0.0
        self.next_decision = float(rng.uniform(0.7, 1.2))
        self.passes_left = 1
        self.shuffle_at = 1.0
        self.spots = [list(range(5)), list(range(5))]
        self.actors = self._line_up(settings)
        self.handler: Actor = self.team(self.offence)[0]
        self.shooter = self.handler
        self.receiver: Actor | None = None
        self.flight: Flight | None = None
        self.flown = 0.0
        self.shot_points = 2
        self.shot_made = False
        self.any_shot = False
        self.dribbling = True
        self.beat = 0.0
        self.spin = 0.0
        self.swish = 0.0
        self.swish_side = 1
        self.ball_velocity = np.zeros(3)
        self.ball = np.array([self.rim[0] - 7.6 * self.side, 0.3, 0.9])
        for _ in range(2):  # attackers choose spots first, then defenders stand by their men
            direct(self)
            for actor in self.actors:
                actor.at = actor.target.copy()
                actor.heading = float(np.arctan2(*(actor.face - actor.at)[::-1]))
        self.ball = self.handler.reach(0.46, -0.30, 0.9)
        for _ in range(60):  # let them settle
            direct(self)
            everybody = np.array([actor.at for actor in self.actors])
            for actor in self.actors:
                actor.step(1 / 60, everybody, 0.9)
            self.ball = self.handler.reach(0.46, -0.30, 0.9)

    def _line_up(self, settings: SynthSettings) -> list[Actor]:
        actors = []
        for team in (0, 1):
            numbers = self.rng.choice(np.arange(1, 56), 5, replace=False)
            for k, tall in enumerate((1.88, 1.94, 1.99, 2.04, 2.09)):
                height = tall + float(self.rng.uniform(-0.03, 0.03))
                actors.append(Actor(team * 5 + k + 1, team, int(numbers[k]), height, np.zeros(2), 0.0))
        for k in range(settings.referees):
            actors.append(Actor(11 + k, 2, int(self.rng.integers(10, 70)), 1.83, np.zeros(2), 0.0))
        for actor in actors:
            actor.phase = float(self.rng.uniform(0, 6))
        return actors

    def team(self, team: int) -> list[Actor]:
        """The players of a team, from the smallest to the tallest."""
        return [actor for actor in self.actors if actor.team == team]

    @property
    def side(self) -> int:
        """The end under attack: +1 right, -1 left."""
        return 1 if self.offence == 0 else -1

    @property
    def rim(self) -> Array:
        """Centre of the rim under attack."""
        return np.array([self.side * self.court.rim_x, 0.0, RIM_HEIGHT])

    def poses(self) -> list[tuple[Actor, Pose]]:
        """Everybody as they are now."""
        return [(actor, actor.pose()) for actor in self.actors]

    def step(self, dt: float) -> list[Happening]:
        """Let dt seconds pass; returns what happened."""
        self.time += dt
        self.since += dt
        happened = self._decide()
        direct(self)
        everybody = np.array([actor.at for actor in self.actors])
        for actor in self.actors:
            actor.step(dt, everybody, float(self.ball[2]))
        happened += self._move_ball(dt)
        self.swish = max(0.0, self.swish - dt * 2.2)
        self.board.step(dt, self.phase in ("advance", "set", "drive"))
        return happened

    def _enter(self, phase: Phase) -> None:
        self.phase, self.since = phase, 0.0

    def _decide(self) -> list[Happening]:
        """What the one with the ball does next."""
        if self.flight is not None:
            return []
        handler, rng = self.handler, self.rng
        match self.phase:
            case "advance":
                self.dribbling = True
                if handler.at[0] * self.side > 4.2 or self.since > 6:
                    self._enter("set")
                    self.passes_left, self.next_decision = int(rng.integers(1, 4)), float(rng.uniform(0.3, 0.7))
            case "set" if self.since > self.next_decision:
                if self.passes_left > 0:
                    self.passes_left -= 1
                    self._pass(self._open_mate())
                elif rng.random() < 0.35 and self.phase == "set":
                    self.dribbling = True
                    self._enter("drive")
                else:
                    self._enter("shot")
            case "drive":
                if np.linalg.norm(handler.at - self.rim[:2]) < 1.75 or self.since > 2.2:
                    self._enter("shot")
            case "shot":
                return self._wind_up()
            case "outlet" if self.since > 0.55:
                guard = self.team(self.offence)[0]
                if handler is guard:
                    self._enter("advance")
                else:
                    self._pass(guard)
            case "inbound":
                out = abs(handler.at[0]) > self.court.length / 2 + 0.25
                if self.since > 0.5 and (out or self.since > 2.5):
                    self._pass(self.team(self.offence)[0])
            case _:
                pass
        return []

    def _open_mate(self) -> Actor:
        mates = [mate for mate in self.team(self.offence) if mate is not self.handler]
        gaps = np.array([np.linalg.norm(mate.at - self.handler.at) for mate in mates])
        weights = np.exp(-((gaps - 6.0) ** 2) / 8) + 0.01
        return mates[int(self.rng.choice(len(mates), p=weights / weights.sum()))]

    def _pass(self, to: Actor) -> None:
        self.dribbling = False
        distance = float(np.linalg.norm(to.at - self.handler.at))
        self.receiver = to
        self.flight = Flight(self.ball.copy(), self._catch_point(to), 0.14 + distance / 10.5)
        self.flown = 0.0

    @staticmethod
    def _catch_point(actor: Actor) -> Array:
        return actor.reach(0.44, 0.0, 0.82 * actor.height - 0.2)

    def _wind_up(self) -> list[Happening]:
        """Gather, jump, and let go."""
        shooter = self.handler
        self.shooter, self.dribbling = shooter, False
        shooter.raise_hands = float(np.clip((self.since - 0.18) / 0.32, 0, 1))
        if self.since > 0.36:
            shooter.take_off(0.42)
        if self.since < 0.62:
            return []
        distance = float(np.linalg.norm(shooter.at - self.rim[:2]))
        self.shot_points = 3 if self.court.is_three(float(shooter.at[0]), float(shooter.at[1]), self.side) else 2
        luck = self.rng.random() < (0.72 if distance < 2.5 else 0.55)
        # the first shot of a clip goes in, so that even a short one has a score that changes, and a cut
        self.shot_made = bool(luck) or not self.any_shot
        self.any_shot = True
        end = self.rim.copy()
        if not self.shot_made:
            angle = self.rng.uniform(0, 2 * np.pi)
            end += np.array([0.21 * np.cos(angle), 0.21 * np.sin(angle), BALL_RADIUS])
        self.flight = Flight(self.ball.copy(), end, 0.62 + 0.075 * distance)
        self.flown, self.receiver = 0.0, None
        return [Happening("shot", self.offence, shooter.number, 0)]

    def _move_ball(self, dt: float) -> list[Happening]:
        if self.flight is not None:
            return self._fly(dt)
        if self.phase == "made":
            return self._drop(dt)
        actor, h = self.handler, self.handler.height
        if self.phase == "shot":
            up = actor.raise_hands
            self.ball = actor.reach(0.36 - 0.06 * up, 0.0, 0.82 * h - actor.crouch - 0.22 + up * 0.92)
        elif self.dribbling:
            self.beat += dt * 1.75 * np.pi
            self.spin += dt * 5
            self.ball = actor.reach(0.46, -0.30, 0.13 + 0.80 * abs(float(np.cos(self.beat))) ** 0.75)
        else:
            wanted = actor.reach(0.36, 0.0, 0.82 * h - 0.26 - actor.crouch)
            self.ball = self.ball + (wanted - self.ball) * (1 - np.exp(-dt * 22))
        return []

    def _fly(self, dt: float) -> list[Happening]:
        assert self.flight is not None
        self.flown += dt
        self.spin += dt * 9
        flight, share = self.flight, min(1.0, self.flown / self.flight.seconds)
        self.ball = flight.at(share * flight.seconds)
        if self.receiver is not None:
            self.ball = self.ball + (self._catch_point(self.receiver) - flight.end) * share
        if self.phase == "shot" and self.flown > 0.5:
            self.shooter.raise_hands = max(0.0, self.shooter.raise_hands - dt * 3)
        if self.phase == "rebound" and self.receiver is not None and flight.seconds - self.flown < 0.3:
            self.receiver.take_off(0.35)
        if share < 1.0:
            return []
        self.flight = None
        return self._arrive()

    def _arrive(self) -> list[Happening]:
        """The ball has reached a receiver or the rim."""
        team, number = self.offence, self.shooter.number
        if self.phase == "shot" and self.shot_made:
            self.board.scores[team] += self.shot_points
            self.ball_velocity = np.array([0.25 * self.side, 0.0, -2.6])
            self.swish, self.swish_side = 1.0, self.side
            self._enter("made")
            return [Happening("made", team, number, self.shot_points)]
        if self.phase == "shot":
            landing = self.rim[:2] + np.array([-self.side * self.rng.uniform(0.9, 2.4), self.rng.uniform(-1.9, 1.9)])
            defence = self.team(1 - team)
            gaps = [float(np.linalg.norm(actor.at - landing)) for actor in defence]
            self.receiver = defence[int(np.argmin(gaps))]
            self.flight = Flight(self.ball.copy(), np.array([*landing, 2.2]), 0.95)
            self.flown = 0.0
            self._enter("rebound")
            return [Happening("missed", team, number, 0)]
        assert self.receiver is not None
        self.handler, self.receiver = self.receiver, None
        self.dribbling = self.phase == "set"
        if self.phase == "rebound":
            self._turn_over()
            self._enter("outlet")
            return [Happening("rebound", self.offence, self.handler.number, 0)]
        if self.phase in ("outlet", "inbound"):
            self._enter("advance")
        else:
            self._enter("set")
            self.next_decision = float(self.rng.uniform(0.5, 1.1))
        return []

    def _turn_over(self) -> None:
        self.offence = 1 - self.offence
        self.board.shot_clock = SHOT_SECONDS
        self.spots[self.offence] = [0, *(1 + self.rng.permutation(4)).tolist()]

    def _drop(self, dt: float) -> list[Happening]:
        """Through the net, and bouncing below until somebody takes it."""
        self.ball_velocity[2] -= GRAVITY * dt
        self.ball = self.ball + self.ball_velocity * dt
        self.spin += dt * 3
        if self.ball[2] < BALL_RADIUS:
            self.ball[2] = BALL_RADIUS
            self.ball_velocity *= np.array([1.0, 1.0, -0.62])
        taker = self.taker()
        if self.since > 0.8 and (np.linalg.norm(taker.at - self.ball[:2]) < 0.9 or self.since > 3):
            self._turn_over()
            self.handler, self.dribbling = taker, False
            self._enter("inbound")
        return []

    def taker(self) -> Actor:
        """Who fetches the ball after a basket: the nearest of the two tallest defenders."""
        tall = self.team(1 - self.offence)[3:] if self.phase == "made" else self.team(self.offence)[3:]
        return min(tall, key=lambda actor: float(np.linalg.norm(actor.at - self.ball[:2])))
