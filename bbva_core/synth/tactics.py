"""Where everybody wants to be, where they look, and what they do with their hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from bbva_core.synth.actors import Actor
    from bbva_core.synth.play import Game

Array = npt.NDArray[np.float64]

# (metres from the rim towards the centre, y) for an attack to either side: top, wings, corner, post
_SPOTS = ((7.6, 0.3), (5.4, 5.1), (5.2, -5.0), (0.9, 6.6), (2.3, -2.7))


def direct(game: Game) -> None:
    """Set target, gaze, stance and speed of every actor for this moment."""
    _shuffle(game)
    ball = game.ball[:2]
    attackers, defenders = game.team(game.offence), game.team(1 - game.offence)
    for k, actor in enumerate(attackers):
        _attack(game, actor, game.spots[game.offence][k], ball)
    for actor, man in zip(defenders, attackers, strict=True):
        _defend(game, actor, man, ball)
    if game.phase == "made":
        _fetch(game, ball)
    _referees(game, ball)


def _shuffle(game: Game) -> None:
    """Every two seconds or so two players without the ball change places."""
    if game.phase != "set" or game.time < game.shuffle_at:
        return
    game.shuffle_at = game.time + float(game.rng.uniform(1.3, 2.4))
    spots = game.spots[game.offence]
    a, b = game.rng.choice(4, 2, replace=False) + 1
    spots[a], spots[b] = spots[b], spots[a]


def _spot(game: Game, spot: int) -> Array:
    out, y = _SPOTS[spot]
    return np.array([game.side * (game.court.rim_x - out), y])


def _not_ahead(game: Game, x: float, gap: float) -> float:
    """x, but no further up the court than `gap` metres before the ball: nobody leaves the picture."""
    return game.side * min(game.side * x, game.side * float(game.ball[0]) + gap)


def _attack(game: Game, actor: Actor, spot: int, ball: Array) -> None:
    rim = game.rim[:2]
    actor.target = _spot(game, spot)
    # nobody stands quite still: drift around the spot
    wobble = np.array([np.sin(0.9 * game.time + 2.1 * actor.ident), np.cos(0.7 * game.time + 1.3 * actor.ident)])
    actor.target = actor.target + 0.45 * wobble
    actor.face = ball
    actor.speed_limit = 6.0 if game.phase in ("advance", "inbound", "outlet") else 3.4
    if game.phase in ("advance", "inbound", "outlet"):
        actor.target[0] = _not_ahead(game, float(actor.target[0]), 4.0 + 0.7 * spot)
    actor.stance = "run"
    has_ball = actor is game.handler and game.flight is None
    if actor is game.receiver:
        actor.stance = "receive"
        actor.target = actor.at + actor.velocity * 0.3
    elif game.phase == "inbound":
        if has_ball:
            actor.target = np.array([-game.side * (game.court.length / 2 + 0.6), 1.6])
            actor.stance, actor.face = "hold", game.team(game.offence)[0].at
            actor.speed_limit = 3.5
        elif actor is game.team(game.offence)[0]:
            actor.target = np.array([-game.side * (game.court.length / 2 - 4.2), 2.2])
    elif game.phase == "shot" and actor is game.shooter and (has_ball or game.flight is not None):
        actor.target, actor.face, actor.stance = actor.at, rim, "shoot"
    elif has_ball and game.phase in ("rebound", "outlet"):
        actor.target, actor.stance, actor.face = actor.at, "hold", game.team(game.offence)[0].at
    elif has_ball:
        actor.stance = "dribble" if game.dribbling else "hold"
        actor.face = rim
        actor.speed_limit = {"advance": 5.8, "drive": 5.6}.get(game.phase, 2.0)
        if game.phase == "drive":
            actor.target = rim - (rim - actor.at) / max(1.0, float(np.linalg.norm(rim - actor.at))) * 1.2
        elif game.phase == "set":
            actor.target = actor.at + (actor.target - actor.at) * 0.25
    elif game.phase == "outlet" and actor is game.team(game.offence)[0]:
        actor.target = np.array([-game.side * (game.court.rim_x - 5.2), 3.0 * np.sign(actor.at[1] or 1)])
    elif game.phase in ("shot", "rebound") and spot >= 3 and game.flight is not None:
        actor.target = rim + np.array([-game.side * 1.5, (spot - 3.5) * 3.0])  # crash the boards


def _defend(game: Game, actor: Actor, man: Actor, ball: Array) -> None:
    rim = game.rim[:2]
    guards_ball = man is game.handler
    towards = rim - man.at
    reach = float(np.linalg.norm(towards))
    share = max(0.17, min(1.05 / max(reach, 0.1), 0.8)) if guards_ball else 0.34
    actor.target = man.at + man.velocity * 0.25 + towards * share
    if game.phase in ("advance", "inbound", "outlet"):
        home = game.rim[:2] + (_spot(game, game.spots[game.offence][man.ident - 1 - 5 * man.team]) - rim) * 0.66
        actor.target = np.array([_not_ahead(game, float(home[0]), 5.5 + 0.6 * (man.ident % 5)), home[1]])
    actor.face = man.at if guards_ball else (man.at + ball) / 2
    actor.stance = "defend" if abs(actor.at[0] - rim[0]) < 10 else "run"
    actor.speed_limit = 5.0
    if actor is game.receiver:
        actor.target = game.flight.end[:2] if game.flight is not None else ball
        actor.stance, actor.face, actor.speed_limit = "contest", ball, 5.5
    elif game.phase == "shot" and man is game.shooter:
        actor.stance, actor.face = "contest", man.at
        actor.target = man.at + towards / max(reach, 0.1) * 0.95
        if 0.42 < game.since < 0.5 and game.flight is None:
            actor.take_off(0.33)
    elif game.phase in ("shot", "rebound") and game.flight is not None:
        actor.stance = "run"
        actor.face = game.ball[:2]
        actor.target = man.at + towards * 0.45


def _fetch(game: Game, ball: Array) -> None:
    """After a basket: one defender fetches the ball, the others start up the court, attackers run back."""
    taker = game.taker()
    for actor in game.team(1 - game.offence):
        actor.stance = "run"
        if actor is taker:
            actor.target, actor.face, actor.speed_limit = ball.copy(), ball, 4.5
        elif actor is game.team(1 - game.offence)[0]:
            actor.target = np.array([game.side * (game.court.length / 2 - 4.2), 2.2])
        else:
            actor.target = np.array([actor.at[0] - game.side * 3.0, actor.at[1]])
            actor.speed_limit = 1.6
    for actor in game.team(game.offence):
        actor.target = np.array([actor.at[0] - game.side * 4.0, actor.at[1] * 0.9])
        actor.speed_limit = 2.6
        actor.stance = "run"


def _referees(game: Game, ball: Array) -> None:
    half = game.court.length / 2
    places = (np.array([game.side * (half + 0.9), 4.6]), np.array([game.side * 3.4, game.court.width / 2 - 0.5]))
    for actor, place in zip(game.team(2), places, strict=False):
        actor.target, actor.face, actor.stance = place, ball, "stand"
        actor.speed_limit = 4.6 if np.linalg.norm(place - actor.at) > 4 else 2.2
