"""Train our own finder of digits made of lamps, on drawn boards. Imports torch: only while training."""
