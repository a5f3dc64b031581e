"""Training of our own reader of scoreboard fields, on drawn pictures only."""
