"""PyTorch, eager: fused Adam, convolutions with channels last. With IBEX_TORCH_COMPILE=1 the step's model is compiled."""

import os
import time

from common import EPOCH, arguments, batch_of, check, integers, measure, report, shapes_of, uniform, unsupported, weights

mode, name, seconds, threads = arguments()
import_started = time.perf_counter()

import torch
from torch import nn

torch.set_num_threads(threads)
COMPILED = os.environ.get("IBEX_TORCH_COMPILE") == "1"
VERSION = f"torch {torch.__version__}" + (" compiled" if COMPILED else "")
dropout = 0.5 if mode == "measure" else 0.0


class BiLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10_000, 128)
        self.lstm = nn.LSTM(128, 64, batch_first=True, bidirectional=True)
        self.hidden = nn.Linear(128, 64)
        self.output = nn.Linear(64, 1)

    def forward(self, x):
        sequence, _ = self.lstm(self.embedding(x))
        return self.output(torch.relu(self.hidden(sequence.amax(1))))


class KerasFlatten(nn.Module):
    """Flattens pictures in the order of channels-last memory, as the other peers do."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def dense_stack(sizes):
    parts = []
    for inputs, units in zip(sizes, sizes[1:]):
        parts += [nn.Linear(inputs, units), nn.ReLU()]
    return parts[:-1]


def make_model(kind):
    if kind == "mlp":
        return nn.Sequential(*dense_stack([784, 256, 128, 64, 32, 10]))
    if kind == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            KerasFlatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, 10),
        ).to(memory_format=torch.channels_last)  # fmt: skip
    return BiLstm()


def torch_layout(values):
    if values.ndim == 4:
        return torch.from_numpy(values).permute(3, 2, 0, 1)
    return torch.from_numpy(values.T.copy() if values.ndim == 2 else values)


@torch.no_grad()
def set_weights(model, kind):
    values = weights(shapes_of(kind))
    if kind == "bilstm":
        model.embedding.weight.copy_(torch.from_numpy(values[0]))
        for suffix, (kernel, recurrent, bias) in (("", values[1:4]), ("_reverse", values[4:7])):
            for part, value in (("weight_ih", kernel), ("weight_hh", recurrent), ("bias_ih", bias), ("bias_hh", bias)):
                getattr(model.lstm, f"{part}_l0{suffix}").copy_(torch_layout(value))
        rest = [*model.hidden.parameters(), *model.output.parameters()]
        values = values[7:]
    else:
        rest = list(model.parameters())
    for parameter, value in zip(rest, values, strict=True):
        parameter.copy_(torch_layout(value))


def make_step(workload):
    """A function that takes a step on a batch and gives its loss; and the batch."""
    kind = workload.split("-")[0]
    model = make_model(kind)
    set_weights(model, kind)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True)
    x, y = (torch.from_numpy(part) for part in batch_of(workload))
    if kind == "cnn":
        x = x.permute(0, 3, 1, 2)
    if kind == "bilstm":
        y, criterion = y.float(), nn.functional.binary_cross_entropy_with_logits
    else:
        y, criterion = y.long(), nn.functional.cross_entropy

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


def repeat(step):
    def run(steps):
        for _ in range(steps):
            step()

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
    x = torch.from_numpy(uniform([60_000, 784], 1))
    y = torch.from_numpy(integers([60_000], 2, 10)).long()

    def run(steps):
        order = torch.randperm(60_000)
        for index in range(steps):
            at = order[index * 32 % 60_000 :][:32]
            step(x[at], y[at])

    return run


def startup():
    model = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4), nn.Softmax(-1))
    with torch.no_grad():
        model(torch.ones(1, 16)).numpy()
    report((time.perf_counter() - import_started) * 1000, time.process_time() * 1000, VERSION)


if COMPILED and not name.startswith(("mlp", "cnn", "bilstm")):
    unsupported(name)
elif name == "startup":
    startup()
elif name == "eager-chain":
    measure(eager_chain, seconds, VERSION)
elif name == "fit-overhead":
    measure(fit_loop(), seconds, VERSION, EPOCH)
elif name.startswith(("mlp", "cnn", "bilstm")):
    step = make_step(name)
    if mode == "check":
        check(lambda: step().item())
    else:
        measure(repeat(step), seconds, VERSION)
else:
    from torch_kernels import KERNELS

    if name not in KERNELS:
        unsupported(name)
    with torch.no_grad():
        measure(repeat(KERNELS[name]()), seconds, VERSION)
