"""PyTorch, eager: fused optimizers, convolutions with channels last. With IBEX_TORCH_COMPILE=1 the step's model is compiled;
IBEX_PEERS_DEVICE=cuda has all on the GPU."""

import json
import os
import sys
import time

from common import (
    EPOCH, STEPS, arguments, batch_of, check, check_outputs, integers, is_prediction, kind_of, measure, measured, report,
    report_sweep, uniform, unsupported,
)  # fmt: skip

mode, name, seconds, threads = arguments()
import_started = time.perf_counter()

import torch
from torch import nn
from torch_models import make_model

torch.set_num_threads(threads)
DEVICE = os.environ.get("IBEX_PEERS_DEVICE", "cpu")
torch.set_default_device(DEVICE)
COMPILED = os.environ.get("IBEX_TORCH_COMPILE") == "1"
VERSION = f"torch {torch.__version__}" + (" compiled" if COMPILED else "")
dropout = 0.5 if mode == "measure" else 0.0


def on_device(array):
    return torch.from_numpy(array).to(DEVICE)


def channels_last(pictures):
    """[N, H, W, C] seen as channels first, channels last in memory."""
    return on_device(pictures).permute(0, 3, 1, 2)


def make_step(workload):
    """A function that takes a step on a batch and gives its loss; it can be given other batches."""
    kind = kind_of(workload)
    model = make_model(kind, dropout)
    optimizer = (
        torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)
        if kind == "resnet50"
        else torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True)
    )
    x, y = batch_of(workload)
    x = channels_last(x) if kind in ("cnn", "resnet50") else on_device(x)
    y = on_device(y)
    if kind == "bilstm":
        y, criterion = y.float(), nn.functional.binary_cross_entropy_with_logits
    else:
        y, criterion = y.long().flatten(), nn.functional.cross_entropy

    def compute(inputs, targets):
        return criterion(model(inputs), targets)

    forward = torch.compile(compute) if COMPILED else compute

    def step(inputs=x, targets=y):
        optimizer.zero_grad(set_to_none=True)
        loss = forward(inputs, targets)
        loss.backward()
        optimizer.step()
        return loss

    return step


def make_prediction(workload):
    """A function that gives the probabilities for a batch of pictures."""
    model = make_model("resnet50", 0).eval()
    x = channels_last(batch_of(workload)[0])

    def predict():
        return torch.softmax(model(x), -1)

    return torch.compile(predict) if COMPILED else predict


def finish():
    if DEVICE != "cpu":
        torch.cuda.synchronize()


def repeat(step):
    def run(steps):
        for _ in range(steps):
            step()
        finish()

    return run


@torch.no_grad()
def eager_chain(steps):
    one = torch.ones(32, 32)
    for _ in range(steps):
        x = torch.zeros(32, 32)
        for _ in range(10_000):
            x = x + one
        assert x[0, 0].item() == 10_000


def fit_loop():
    """An epoch's loop: a permutation, batches by index, steps."""
    step = make_step("mlp-b32")
    x = on_device(uniform([60_000, 784], 1))
    y = on_device(integers([60_000], 2, 10)).long()

    def run(steps):
        order = torch.randperm(60_000)
        for index in range(steps):
            at = order[index * 32 % 60_000 :][:32]
            step(x[at], y[at])
        finish()

    return run


def startup():
    model = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4), nn.Softmax(-1))
    with torch.no_grad():
        model(torch.ones(1, 16)).cpu().numpy()
    report((time.perf_counter() - import_started) * 1000, time.process_time() * 1000, VERSION)


def sweep(specs):
    """Of each kernel the fastest way."""
    from torch_kernels import ways_of

    with torch.no_grad():
        times = [min(measured(repeat(way), seconds)[0] for way in ways_of(spec)) for spec in specs]
    report_sweep(times, VERSION)


if mode == "sweep":
    sweep(json.loads(sys.argv[5]))
elif COMPILED and not name.startswith(STEPS):
    unsupported(name)
elif name == "startup":
    startup()
elif name == "eager-chain":
    measure(eager_chain, seconds, VERSION)
elif name == "fit-overhead":
    measure(fit_loop(), seconds, VERSION, EPOCH)
elif is_prediction(name):
    with torch.inference_mode():
        predict = make_prediction(name)
        if mode == "check":
            check_outputs(predict().cpu())
        else:
            measure(repeat(predict), seconds, VERSION)
elif name.startswith(STEPS):
    step = make_step(name)
    if mode == "check":
        check(lambda: step().item())
    else:
        measure(repeat(step), seconds, VERSION)
else:
    unsupported(name)
