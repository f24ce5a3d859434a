"""What Keras makes of files. Usage: keras_peer.py < requests.json > answers.json

A request has a `model` (.keras) and inputs `x`; where it has
- `weights`: predictions are made after these (.weights.h5) were loaded into the model, whose own were set to 0 first;
- `rewrite`: then all weights are halved, and saved to this file;
- `save`: then the model is saved to this file.
An answer has the predictions `y` (of the halved weights under `halved`).
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.stdout, answers = sys.stderr, sys.stdout

import keras
import numpy as np


def nest(values):
    if isinstance(values, dict):
        return {name: nest(value) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [nest(value) for value in values]
    return np.asarray(values).tolist()


def answer(request):
    model = keras.saving.load_model(request["model"])
    x = [np.array(values, request["dtype"]) for values in request["x"]]
    x = x[0] if len(x) == 1 else x
    if "weights" in request:
        model.set_weights([np.zeros_like(values) for values in model.get_weights()])
        model.load_weights(request["weights"])
    result = {"y": nest(model.predict(x, verbose=0))}
    if "rewrite" in request:
        model.set_weights([values * 0.5 for values in model.get_weights()])
        model.save_weights(request["rewrite"])
        result["halved"] = nest(model.predict(x, verbose=0))
    if "save" in request:
        model.save(request["save"])
    return result


def guarded(request):
    try:
        return answer(request)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


json.dump([guarded(request) for request in json.load(sys.stdin)], answers)
