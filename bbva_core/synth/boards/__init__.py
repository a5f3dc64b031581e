"""Physical scoreboards as a camera sees them, drawn at random, with the truth about every digit."""

from bbva_core.synth.boards.painting import Painted, paint
from bbva_core.synth.boards.photo import Photo, photograph
from bbva_core.synth.boards.plans import BoardPlan, Label, Number, random_plan

__all__ = ["BoardPlan", "Label", "Number", "Painted", "Photo", "paint", "photograph", "random_plan"]
