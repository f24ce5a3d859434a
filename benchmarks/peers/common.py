"""What the peers' programs share: data, weights, the measurement. Mirrors harness/data.ts and harness/measure.ts.
IBEX_PEERS_DEVICE=cuda has them compute on the GPU; IBEX_PEERS_TF32=1 lets float32 products round their operands there."""

import json
import os
import re
import resource
import statistics
import sys
import time

import numpy as np

STARTED = time.perf_counter()

# As in harness/measure.ts.
SLOW_MS = 250
CHECKED_STEPS = 10
CHECKED_SLOW_STEPS = 4
CHECKED_OUTPUTS = 10

DEVICE = os.environ.get("IBEX_PEERS_DEVICE", "cpu")
TF32 = os.environ.get("IBEX_PEERS_TF32") == "1"


def hashed(count, stream):
    """float32 numbers in [0, 1), from their positions and a stream's number."""
    bits = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1)
    bits += np.uint32(stream * 0x85EBCA6B & 0xFFFFFFFF)
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x7FEB352D)
    bits = (bits ^ (bits >> np.uint32(15))) * np.uint32(0x846CA68B)
    return ((bits ^ (bits >> np.uint32(16))) >> np.uint32(8)).astype(np.float64) / 2**24


def uniform(shape, stream, low=0.0, high=1.0):
    values = low + (high - low) * hashed(int(np.prod(shape)), stream)
    return values.astype(np.float32).reshape(shape)


def integers(shape, stream, limit):
    return np.floor(hashed(int(np.prod(shape)), stream) * limit).astype(np.int32).reshape(shape)


def weight(name, shape, stream):
    """The first value of the weight at a place in Keras's list, by its name and shape there."""
    if name == "gamma":
        return np.ones(shape, np.float32)
    if name in ("beta", "bias"):
        return np.zeros(shape, np.float32)
    limit = np.sqrt(6 / (np.prod(shape[:-2]) * (shape[-2] + shape[-1])))
    return uniform(shape, 100 + stream, -limit, limit)


def kind_of(name):
    """The model of a workload: its name without what is done with it, the dtype and the batch."""
    return re.sub(r"(-infer|-bf16)?-b\d+$", "", name)


def is_bf16(name):
    """Whether the model computes in bfloat16, with weights in float32."""
    return "-bf16-" in name


def weights(kind):
    """All weights of a model, in Keras's order and layouts."""
    return [weight(name, shape, stream) for stream, (name, shape) in enumerate(WEIGHTS[kind])]


def _layer(*kernel, bias=None):
    return [("kernel", list(kernel)), ("bias", bias or [kernel[-1]])]


def _normalization(size):
    return [("gamma", [size]), ("beta", [size])]


def _lstm(inputs, units):
    return [("kernel", [inputs, 4 * units]), ("recurrent_kernel", [units, 4 * units]), ("bias", [4 * units])]


# Of encoders: tokens, vocabulary, width, heads, width of the hidden layer, blocks.
TRANSFORMERS = {
    "transformer": (128, 8000, 256, 8, 1024, 4),
    "encoder": (512, 8000, 768, 12, 3072, 12),
    "encoder-tiny": (16, 100, 32, 4, 64, 2),
}

# Of ResNets: height and width of pictures, classes, and of each stage the blocks and their middle's channels.
RESNETS = {
    "resnet50": (224, 1000, ((3, 64), (4, 128), (6, 256), (3, 512))),
    "resnet50-tiny": (64, 10, ((1, 16), (1, 32), (1, 64), (1, 128))),
}


def _transformer(kind):
    length, vocabulary, width, heads, hidden, blocks = TRANSFORMERS[kind]
    projection = _layer(width, heads, width // heads, bias=[heads, width // heads])
    block = [
        *projection * 3, *_layer(heads, width // heads, width), *_normalization(width),
        *_layer(width, hidden), *_layer(hidden, width), *_normalization(width),
    ]  # fmt: skip
    embeddings = [("embeddings", [vocabulary, width]), ("embeddings", [length, width])]
    return [*embeddings, *block * blocks, *_layer(width, vocabulary)]


def resnet_convolutions(kind):
    """Of each convolution, in the order in which Keras Applications makes them: name, size, channels, stride. A name ends
    with _0 for a projected shortcut."""
    stages = RESNETS[kind][2]
    before = stages[0][1]
    convolutions = [("conv1", 7, 3, before, 2)]
    for stage, (blocks, width) in enumerate(stages, 2):
        for block in range(1, blocks + 1):
            name, stride = f"conv{stage}_block{block}", 2 if block == 1 and stage > 2 else 1
            if block == 1:
                convolutions.append((f"{name}_0", 1, before, 4 * width, stride))
            convolutions += [
                (f"{name}_1", 1, before, width, stride),
                (f"{name}_2", 3, width, width, 1),
                (f"{name}_3", 1, width, 4 * width, 1),
            ]
            before = 4 * width
    return convolutions


def _resnet(kind):
    _, classes, stages = RESNETS[kind]
    return [
        *(
            part
            for _, size, inputs, outputs, _ in resnet_convolutions(kind)
            for part in _layer(size, size, inputs, outputs) + _normalization(outputs)
        ),
        *_layer(4 * stages[-1][1], classes),
    ]


WEIGHTS = {
    "mlp": [*_layer(784, 256), *_layer(256, 128), *_layer(128, 64), *_layer(64, 32), *_layer(32, 10)],
    "cnn": [*_layer(3, 3, 1, 32), *_layer(3, 3, 32, 64), *_layer(1600, 128), *_layer(128, 10)],
    "bilstm": [("embeddings", [10_000, 128]), *_lstm(128, 64) * 2, *_layer(128, 64), *_layer(64, 1)],
    **{kind: _transformer(kind) for kind in TRANSFORMERS},
    **{kind: _resnet(kind) for kind in RESNETS},
}



def is_step(name):
    """Whether it is a workload with a model: a training step or a prediction."""
    return kind_of(name) in WEIGHTS


def is_prediction(name):
    return "-infer-" in name


def batch_of(name):
    """x and y of a workload, as Keras would take them."""
    kind, size = kind_of(name), int(name.split("-b")[-1])
    if kind == "mlp":
        return uniform([size, 784], 1), integers([size], 2, 10)
    if kind == "cnn":
        return uniform([size, 28, 28, 1], 1), integers([size], 2, 10)
    if kind == "bilstm":
        return integers([size, 200], 1, 10_000), integers([size, 1], 2, 2)
    if kind in TRANSFORMERS:
        length, vocabulary, *_ = TRANSFORMERS[kind]
        return integers([size, length], 1, vocabulary), integers([size, length], 2, vocabulary)
    if kind in RESNETS:
        extent, classes, _ = RESNETS[kind]
        return uniform([size, extent, extent, 3], 1), integers([size], 2, classes)
    raise KeyError(name)


def _timed(run, steps):
    start = time.perf_counter()
    run(steps)
    return (time.perf_counter() - start) * 1000 / steps


EPOCH = 1875


def warmed(run):
    """Milliseconds of a step. On a GPU what is compiled, chosen and recorded in the first steps must have been, before."""
    first = _timed(run, 2)
    if DEVICE == "cpu":
        return first
    while (again := _timed(run, 3)) < 0.8 * first:
        first = again
    return again


def measured(run, seconds, block=None):
    """Milliseconds of the median block's step, of CPU time, and from the process's start to the end of the first step;
    `run(steps)` ends when its last step has."""
    run(1)
    ready_ms = (time.perf_counter() - STARTED) * 1000
    first = warmed(run)
    least = 1 if block else 3
    block = block or max(1, round(seconds * 1000 / 20 / first))
    if first < SLOW_MS:
        run(max(block, 3))
    times = []
    cpu = time.process_time()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < least:
        times.append(_timed(run, block))
    cpu_ms = (time.process_time() - cpu) * 1000 / (len(times) * block)
    return statistics.median(times), cpu_ms, ready_ms


def measure(run, seconds, version, block=None):
    """Measures and prints."""
    ms, cpu_ms, ready_ms = measured(run, seconds, block)
    report(ms, cpu_ms, version, readyMs=ready_ms)


def report_sweep(times, version):
    print(json.dumps({"ms": times, **memory(), "version": version}))


def memory():
    """The most memory that the process had, in MB; on a GPU also of that, in tensors."""
    used = {"rssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    bytes_on_device = _peak_device_bytes() if DEVICE != "cpu" else None
    return used if bytes_on_device is None else {**used, "deviceMb": bytes_on_device / 2**20}


def _peak_device_bytes():
    if "torch" in sys.modules:
        return sys.modules["torch"].cuda.max_memory_allocated()
    if "jax" in sys.modules:
        return (sys.modules["jax"].devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    return None


def report(ms, cpu_ms, version, **more):
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms, **more, **memory(), "version": version}))


def check(step):
    """Prints the first losses; `step()` gives its loss as a number."""
    losses = []
    steps = CHECKED_STEPS
    while len(losses) < steps:
        start = time.perf_counter()
        losses.append(step())
        if len(losses) == CHECKED_SLOW_STEPS and (time.perf_counter() - start) * 1000 > SLOW_MS:
            steps = CHECKED_SLOW_STEPS
    print(json.dumps({"kind": "losses", "values": losses}))


def check_outputs(outputs):
    """Prints some outputs of a prediction, an array."""
    values = np.asarray(outputs).flatten()[:CHECKED_OUTPUTS]
    print(json.dumps({"kind": "outputs", "values": values.tolist()}))


def check_magnitudes(values):
    """Prints the mean absolute values of the results of a sweep's kernels."""
    print(json.dumps({"kind": "magnitudes", "values": values}))


def unsupported(name):
    """Said where a peer has no such workload: the runner leaves it out."""
    print(json.dumps({"unsupported": name}))
    sys.exit(0)


def arguments():
    """MODE NAME SECONDS THREADS, where the mode is measure, check or sweep; for a sweep the list of kernels follows."""
    mode, name, seconds, threads = sys.argv[1:5]
    return mode, name, float(seconds), int(threads)
