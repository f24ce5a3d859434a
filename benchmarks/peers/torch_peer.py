"""PyTorch: fused optimizers, convolutions with channels last, autocast where the model computes in bfloat16.
IBEX_TORCH_MODE says how: `eager`; `compile`, `reduce-overhead` or `max-autotune` compile model and loss (the latter two make
CUDA graphs of them); `graph` records the whole eager step as one CUDA graph."""

import json
import os
import sys
import time

from common import (
    DEVICE, EPOCH, RESNETS, TF32, arguments, batch_of, check, check_magnitudes, check_outputs, integers, is_bf16,
    is_prediction, is_step, kind_of, measure, measured, report, report_sweep, uniform, unsupported,
)  # fmt: skip

mode, name, seconds, threads = arguments()
import_started = time.perf_counter()

import torch
from torch import nn
from torch_models import make_model

MODE = os.environ.get("IBEX_TORCH_MODE", "eager")
COMPILE_MODES = {"compile": "default", "reduce-overhead": "reduce-overhead", "max-autotune": "max-autotune"}
VERSION = f"torch {torch.__version__}" + ("" if MODE == "eager" else f" {MODE}")
torch.set_num_threads(threads)
# By itself PyTorch rounds the operands of convolutions.
torch.backends.cuda.matmul.allow_tf32 = TF32
torch.backends.cudnn.allow_tf32 = TF32
torch.backends.cudnn.benchmark = True
dropout = 0.5 if mode == "measure" else 0.0


def on_device(array):
    return torch.from_numpy(array).to(DEVICE)


def channels_last(pictures):
    """[N, H, W, C] seen as channels first, channels last in memory."""
    return on_device(pictures).permute(0, 3, 1, 2)


def compiled(fn):
    return torch.compile(fn, mode=COMPILE_MODES[MODE]) if MODE in COMPILE_MODES else fn


def make_step(workload):
    """A function that takes a step on a batch and gives its loss; it can be given other batches."""
    kind = kind_of(workload)
    model = make_model(kind, dropout).to(DEVICE)
    optimizer = (
        torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)
        if kind in RESNETS
        else torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True, capturable=MODE == "graph")
    )
    x, y = batch_of(workload)
    x = channels_last(x) if kind == "cnn" or kind in RESNETS else on_device(x)
    y = on_device(y)
    if kind == "bilstm":
        y, criterion = y.float(), nn.functional.binary_cross_entropy_with_logits
    else:
        y, criterion = y.long().flatten(), nn.functional.cross_entropy
    # A graph must not begin with weights that were cast before it.
    autocast = torch.autocast(DEVICE, torch.bfloat16, is_bf16(workload), cache_enabled=MODE != "graph")

    @compiled
    def forward(inputs, targets):
        with autocast:
            return criterion(model(inputs), targets)

    def step(inputs=x, targets=y):
        if MODE in COMPILE_MODES:
            torch.compiler.cudagraph_mark_step_begin()
        optimizer.zero_grad(set_to_none=True)
        loss = forward(inputs, targets)
        loss.backward()
        optimizer.step()
        return loss

    return Recorded(step) if MODE == "graph" else step


class Recorded:
    """A step that is recorded as one CUDA graph after a few runs."""

    WARM_UP = 3

    def __init__(self, step):
        self.step, self.runs, self.graph, self.loss = step, 0, None, None

    def __call__(self):
        self.runs += 1
        if self.runs <= self.WARM_UP:
            return self.aside()
        if self.graph is None:
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.loss = self.step()
        self.graph.replay()
        return self.loss

    def aside(self):
        """What is recorded later must have run on another stream than the usual one."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            loss = self.step()
        torch.cuda.current_stream().wait_stream(stream)
        return loss


def make_prediction(workload):
    """A function that gives the probabilities for a batch of pictures."""
    model = make_model("resnet50", 0).to(DEVICE).eval()
    x = channels_last(batch_of(workload)[0])

    def predict():
        return torch.softmax(model(x), -1)

    return compiled(predict)


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
    one = torch.ones(32, 32, device=DEVICE)
    for _ in range(steps):
        x = torch.zeros(32, 32, device=DEVICE)
        for _ in range(10_000):
            x = x + one
        assert x[0, 0].item() == 10_000


def fit_loop():
    """An epoch's loop: a permutation, batches by index, steps."""
    step = make_step("mlp-b32")
    x = on_device(uniform([60_000, 784], 1))
    y = on_device(integers([60_000], 2, 10)).long()

    def run(steps):
        order = torch.randperm(60_000, device=DEVICE)
        for index in range(steps):
            at = order[index * 32 % 60_000 :][:32]
            step(x[at], y[at])
        finish()

    return run


def startup():
    model = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4), nn.Softmax(-1)).to(DEVICE)
    with torch.no_grad():
        model(torch.ones(1, 16, device=DEVICE)).cpu().numpy()
    report((time.perf_counter() - import_started) * 1000, time.process_time() * 1000, VERSION)


def sweep(specs):
    """Of each kernel the fastest way."""
    from torch_kernels import repeated_ways_of

    def time_of(spec):
        ways, repeats = repeated_ways_of(spec)
        return min(measured(repeat(way), seconds)[0] for way in ways) / repeats

    with torch.no_grad():
        report_sweep([time_of(spec) for spec in specs], VERSION)


def check_sweep(specs):
    from torch_kernels import magnitude

    comparable = [spec for spec in specs if not spec["op"].startswith(("adam", "lstm", "gru"))]
    with torch.no_grad():
        check_magnitudes([magnitude(spec) for spec in comparable])


if len(sys.argv) > 5:
    (check_sweep if mode == "check" else sweep)(json.loads(sys.argv[5]))
elif MODE != "eager" and not is_step(name) or MODE == "graph" and is_prediction(name):
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
elif is_step(name):
    step = make_step(name)
    if mode == "check":
        check(lambda: step().item())
    else:
        measure(repeat(step), seconds, VERSION)
else:
    unsupported(name)
