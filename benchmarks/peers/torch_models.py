"""The models in PyTorch, and their weights from the list that common.WEIGHTS describes."""

import torch
from common import RESNETS, TRANSFORMERS, resnet_convolutions, weights
from torch import nn


def dense_stack(sizes):
    parts = []
    for inputs, units in zip(sizes, sizes[1:]):
        parts += [nn.Linear(inputs, units), nn.ReLU()]
    return parts[:-1]


class KerasFlatten(nn.Module):
    """Flattens pictures in the order of channels-last memory, as the other peers do."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def cnn(dropout):
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        KerasFlatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip


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


class Transformer(nn.Module):
    """Logits for cross_entropy: [batch * tokens, vocabulary]."""

    def __init__(self, length, vocabulary, width, heads, hidden, blocks):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(EncoderBlock(width, heads, hidden) for _ in range(blocks)))
        self.output = nn.Linear(width, vocabulary)

    def forward(self, x):
        embedded = self.tokens(x) + self.positions(torch.arange(x.shape[1], device=x.device))
        return self.output(self.blocks(embedded)).flatten(0, 1)


class EncoderBlock(nn.Module):
    """Normalizes after each sum; projections to queries, keys and values are one matrix."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.projections = nn.Linear(width, 3 * width)
        self.attention_output = nn.Linear(width, width)
        self.first_norm = nn.LayerNorm(width, eps=1e-6)
        self.hidden = nn.Linear(width, hidden)
        self.output = nn.Linear(hidden, width)
        self.second_norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x):
        q, k, v = self.projections(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = self.first_norm(x + self.attention_output(attended))
        return self.second_norm(x + self.output(torch.relu(self.hidden(x))))


class Convolution(nn.Sequential):
    """A convolution of a ResNet with its batch normalization."""

    def __init__(self, size, inputs, outputs, stride):
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2),
            nn.BatchNorm2d(outputs, eps=1.001e-5, momentum=0.01),
        )


class Bottleneck(nn.Module):
    def __init__(self, convolutions):
        super().__init__()
        *shortcut, first, second, third = (Convolution(*sizes) for sizes in convolutions)
        self.shortcut = shortcut[0] if shortcut else nn.Identity()
        self.parts = nn.Sequential(first, nn.ReLU(True), second, nn.ReLU(True), third)

    def forward(self, x):
        return torch.relu_(self.shortcut(x) + self.parts(x))


def resnet(kind):
    first, *others = resnet_convolutions(kind)
    blocks = {}
    for name, *sizes in others:
        blocks.setdefault(name[:-2], []).append(sizes)
    return nn.Sequential(
        Convolution(*first[1:]), nn.ReLU(True), nn.MaxPool2d(3, 2, 1), *map(Bottleneck, blocks.values()),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(others[-1][3], RESNETS[kind][1]),
    ).to(memory_format=torch.channels_last)  # fmt: skip


def make_model(kind, dropout):
    """A model with the weights that all peers start from."""
    if kind in TRANSFORMERS:
        model = Transformer(*TRANSFORMERS[kind])
    elif kind in RESNETS:
        model = resnet(kind)
    else:
        stack = dense_stack([784, 256, 128, 64, 32, 10])
        model = {"mlp": lambda: nn.Sequential(*stack), "cnn": lambda: cnn(dropout), "bilstm": BiLstm}[kind]()
    with torch.no_grad():
        for parameter, value in zip(*parameters(model, kind), strict=True):
            parameter.copy_(value)
    return model


def torch_layout(values):
    """From Keras's layout: of a convolution's kernel HWIO, of a matrix inputs before outputs."""
    if values.ndim == 4:
        return torch.from_numpy(values).permute(3, 2, 0, 1)
    return torch.from_numpy(values.T.copy() if values.ndim == 2 else values)


def parameters(model, kind):
    """A model's parameters, and their values."""
    values = weights(kind)
    if kind == "bilstm":
        return bilstm_parameters(model, values)
    if kind in TRANSFORMERS:
        return transformer_parameters(model, values)
    return list(model.parameters()), [torch_layout(value) for value in values]


def bilstm_parameters(model, values):
    targets, sources = [model.embedding.weight], [torch.from_numpy(values[0])]
    for suffix, (kernel, recurrent, bias) in (("", values[1:4]), ("_reverse", values[4:7])):
        for part, value in (("weight_ih", kernel), ("weight_hh", recurrent), ("bias_ih", bias), ("bias_hh", bias)):
            targets.append(getattr(model.lstm, f"{part}_l0{suffix}"))
            sources.append(torch_layout(value))
    targets += [*model.hidden.parameters(), *model.output.parameters()]
    return targets, sources + [torch_layout(value) for value in values[7:]]


def transformer_parameters(model, values):
    targets = [model.tokens.weight, model.positions.weight]
    sources = [torch.from_numpy(value) for value in values[:2]]
    for block, start in zip(model.blocks, range(2, len(values) - 2, 16), strict=True):
        query, _, key, _, value, _, output, *rest = values[start : start + 16]
        width = query.shape[0]
        projections = torch.cat([torch_layout(part.reshape(width, width)) for part in (query, key, value)])
        targets += list(block.parameters())
        sources += [projections, torch.zeros(3 * width), torch_layout(output.reshape(width, width))]
        sources += [torch_layout(part) for part in rest]
    targets += list(model.output.parameters())
    return targets, sources + [torch_layout(value) for value in values[-2:]]
