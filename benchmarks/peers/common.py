"""What the peers' programs share: data, weights, the measurement. Mirrors harness/data.ts and harness/measure.ts."""

import json
import resource
import statistics
import sys
import time

import numpy as np

# As in harness/measure.ts.
SLOW_MS = 250
CHECKED_STEPS = 10
CHECKED_SLOW_STEPS = 4
CHECKED_OUTPUTS = 10


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
    """The model of a workload: what stands before its batch."""
    return name.split("-")[0]


def weights(kind):
    """All weights of a model, in Keras's order and layouts."""
    return [weight(name, shape, stream) for stream, (name, shape) in enumerate(WEIGHTS[kind])]


def _layer(*kernel, bias=None):
    return [("kernel", list(kernel)), ("bias", bias or [kernel[-1]])]


def _normalization(size):
    return [("gamma", [size]), ("beta", [size])]


def _lstm(inputs, units):
    return [("kernel", [inputs, 4 * units]), ("recurrent_kernel", [units, 4 * units]), ("bias", [4 * units])]


def _encoder_block():
    projection = _layer(256, 8, 32, bias=[8, 32])
    return [
        *projection * 3, *_layer(8, 32, 256), *_normalization(256),
        *_layer(256, 1024), *_layer(1024, 256), *_normalization(256),
    ]  # fmt: skip


# Of each convolution of ResNet-50 v1, in the order in which Keras Applications makes them: name, size, channels, stride.
# A name ends with _0 for a projected shortcut.
RESNET_CONVOLUTIONS = [("conv1", 7, 3, 64, 2)]
for _stage, (_blocks, _width) in enumerate([(3, 64), (4, 128), (6, 256), (3, 512)], 2):
    for _block in range(1, _blocks + 1):
        _name = f"conv{_stage}_block{_block}"
        _inputs = 4 * _width if _block > 1 else max(64, 2 * _width if _stage > 2 else 0)
        _stride = 2 if _block == 1 and _stage > 2 else 1
        if _block == 1:
            RESNET_CONVOLUTIONS.append((f"{_name}_0", 1, _inputs, 4 * _width, _stride))
        RESNET_CONVOLUTIONS += [
            (f"{_name}_1", 1, _inputs, _width, _stride),
            (f"{_name}_2", 3, _width, _width, 1),
            (f"{_name}_3", 1, _width, 4 * _width, 1),
        ]

WEIGHTS = {
    "mlp": [*_layer(784, 256), *_layer(256, 128), *_layer(128, 64), *_layer(64, 32), *_layer(32, 10)],
    "cnn": [*_layer(3, 3, 1, 32), *_layer(3, 3, 32, 64), *_layer(1600, 128), *_layer(128, 10)],
    "bilstm": [("embeddings", [10_000, 128]), *_lstm(128, 64) * 2, *_layer(128, 64), *_layer(64, 1)],
    "transformer": [
        ("embeddings", [8000, 256]), ("embeddings", [128, 256]), *_encoder_block() * 4, *_layer(256, 8000),
    ],
    "resnet50": [
        *(
            part
            for _, size, inputs, outputs, _ in RESNET_CONVOLUTIONS
            for part in _layer(size, size, inputs, outputs) + _normalization(outputs)
        ),
        *_layer(2048, 1000),
    ],
}  # fmt: skip

STEPS = tuple(WEIGHTS)  # the names of training and prediction workloads begin with these


def is_prediction(name):
    return "-infer-" in name


def batch_of(name):
    """x and y of a workload, as Keras would take them."""
    kind, size = kind_of(name), int(name.split("-b")[1])
    if kind == "mlp":
        return uniform([size, 784], 1), integers([size], 2, 10)
    if kind == "cnn":
        return uniform([size, 28, 28, 1], 1), integers([size], 2, 10)
    if kind == "bilstm":
        return integers([size, 200], 1, 10_000), integers([size, 1], 2, 2)
    if kind == "transformer":
        return integers([size, 128], 1, 8000), integers([size, 128], 2, 8000)
    if kind == "resnet50":
        return uniform([size, 224, 224, 3], 1), integers([size], 2, 1000)
    raise KeyError(name)


def _timed(run, steps):
    start = time.perf_counter()
    run(steps)
    return (time.perf_counter() - start) * 1000 / steps


EPOCH = 1875


def measured(run, seconds, block=None):
    """Milliseconds of the median block's step, and of CPU time; `run(steps)` ends when its last step has."""
    run(1)
    first = _timed(run, 2)
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
    return statistics.median(times), cpu_ms


def measure(run, seconds, version, block=None):
    """Measures and prints."""
    report(*measured(run, seconds, block), version)


def report_sweep(times, version):
    print(json.dumps({"ms": times, "rssMb": peak_mb(), "version": version}))


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(ms, cpu_ms, version):
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms, "rssMb": peak_mb(), "version": version}))


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


def unsupported(name):
    """Said where a peer has no such workload: the runner leaves it out."""
    print(json.dumps({"unsupported": name}))
    sys.exit(0)


def arguments():
    """MODE NAME SECONDS THREADS, where the mode is measure, check or sweep; for a sweep the list of kernels follows."""
    mode, name, seconds, threads = sys.argv[1:5]
    return mode, name, float(seconds), int(threads)
