"""Training of the detector: data sets, synthetic games and pseudo-labels in; weights with a model card out.

datasets.py       labelled pictures in YOLO format, with their class names turned into ours
lookalikes.py     no picture is trained on that is measured on
synthetic.py      labelled pictures from the synthetic generator
filling.py        what partial labels leave out, filled in where a detector is sure
given.py          hand-made labels for pictures that are kept elsewhere
pseudo.py         labelled pictures from unlabelled video
training_set.py   all of them in one folder, as ultralytics wants it, with the classes that are known of each
learning.py       ultralytics' trainer, taught that unlabelled is not absent
recipe.py         what a model is made of, as a YAML file
publish.py        the trained weights in the forms a machine needs, with their figures
run.py            one training from recipe to model list
"""
