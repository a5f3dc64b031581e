"""Training of the detector: data sets, synthetic games and pseudo-labels in; weights with a model card out.

recipe.py         what a model is made of, as a YAML file
datasets.py       labelled pictures in YOLO format, with their class names turned into ours
given.py          hand-made labels for pictures that are kept elsewhere
synthetic.py      labelled pictures from the synthetic generator
pseudo.py         labelled pictures from unlabelled video; court.py tells who stands on the court
filling.py        what partial labels leave out, filled in where a detector is sure
lookalikes.py     no picture is trained on that is measured on
writing.py        a data set in YOLO format, written picture by picture
training_set.py   all of them in one folder, as ultralytics wants it, with the classes that are known of each
learning.py       ultralytics' trainer, taught that unlabelled is not absent; augment.py changes its pictures
scoring.py        how good detections are
publish.py        the trained weights in the forms a machine needs, with their figures
run.py            one training from recipe to model list
"""
