"""What the peers' programs share: data, weights, the measurement. Mirrors harness/data.ts and harness/measure.ts."""

import json
import resource
import statistics
import sys
import time

import numpy as np

CHECKED_STEPS = 10


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


def weight(shape, stream):
    """The weight at a place in the list of Keras's variables, in Keras's layout."""
    if len(shape) < 2:
        return np.zeros(shape, np.float32)
    limit = np.sqrt(6 / (np.prod(shape[:-2]) * (shape[-2] + shape[-1])))
    return uniform(shape, 100 + stream, -limit, limit)


def weights(shapes):
    return [weight(shape, stream) for stream, shape in enumerate(shapes)]


MLP_SHAPES = [
    shape
    for inputs, units in zip([784, 256, 128, 64, 32], [256, 128, 64, 32, 10])
    for shape in ([inputs, units], [units])
]
CNN_SHAPES = [[3, 3, 1, 32], [32], [3, 3, 32, 64], [64], [1600, 128], [128], [128, 10], [10]]
BILSTM_SHAPES = [[10_000, 128], *[[128, 256], [64, 256], [256]] * 2, [128, 64], [64], [64, 1], [1]]


def shapes_of(name):
    return {"mlp": MLP_SHAPES, "cnn": CNN_SHAPES, "bilstm": BILSTM_SHAPES}[name.split("-")[0]]


def batch_of(name):
    """x and y of a workload, as Keras would take them."""
    kind, size = name.split("-b")
    size = int(size)
    if kind == "mlp":
        return uniform([size, 784], 1), integers([size], 2, 10)
    if kind == "cnn":
        return uniform([size, 28, 28, 1], 1), integers([size], 2, 10)
    if kind == "bilstm":
        return integers([size, 200], 1, 10_000), integers([size, 1], 2, 2)
    raise KeyError(name)


def _timed(run, steps):
    start = time.perf_counter()
    run(steps)
    return (time.perf_counter() - start) * 1000 / steps


EPOCH = 1875


def measure(run, seconds, version, block=None):
    """`run(steps)` ends when its last step has; prints the median block's milliseconds a step."""
    run(3)
    first = _timed(run, 3)
    least = 1 if block else 3
    block = block or max(1, round(seconds * 1000 / 20 / first))
    run(block)
    times = []
    cpu = time.process_time()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < least:
        times.append(_timed(run, block))
    cpu_ms = (time.process_time() - cpu) * 1000 / (len(times) * block)
    report(statistics.median(times), cpu_ms, version)


def report(ms, cpu_ms, version):
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms, "rssMb": rss, "version": version}))


def check(step):
    """`step()` gives its loss as a number."""
    print(json.dumps({"losses": [step() for _ in range(CHECKED_STEPS)]}))


def unsupported(name):
    """Said where a peer has no such workload: the runner leaves it out."""
    print(json.dumps({"unsupported": name}))
    sys.exit(0)


def arguments():
    """MODE NAME SECONDS THREADS, where the mode is measure or check."""
    mode, name, seconds, threads = sys.argv[1:5]
    return mode, name, float(seconds), int(threads)
