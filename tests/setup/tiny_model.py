#!/usr/bin/env python3
"""Makes a tiny language model from nothing: Python's standard library is all it takes.

    tiny_model.py FILE.gguf           a base model: fill-in-the-middle tokens, no chat template
    tiny_model.py --no-fim FILE.gguf  an instruct model: a chat template, no fill-in-the-middle tokens

The architecture and the special tokens are Qwen2.5-Coder's, the weights are random (but always the same), so it
talks nonsense, quickly: a real server with a real tokenizer, prompt cache and stream, for tests of all that.
A test that needs a certain answer sends a `grammar` along, which leaves the model no choice.

The format is GGUF version 3: header, key-values, tensor table, tensors, little-endian throughout.
"""

import argparse
import array
import math
import os
import random
import struct
import sys

WIDTH, LAYERS, HEADS, KEY_VALUE_HEADS, FEED_FORWARD, CONTEXT = 64, 2, 2, 1, 128, 32768
HEAD = WIDTH // HEADS

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
FIM = ["<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"]
FIM_KEYS = {"<|fim_prefix|>": "pre", "<|fim_middle|>": "mid", "<|fim_suffix|>": "suf",
            "<|fim_pad|>": "pad", "<|repo_name|>": "rep", "<|file_sep|>": "sep"}

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)

# What code is made of; each word becomes a token, and so does each of its beginnings.
WORDS = """
 the  return  self  let  fn  def  for  in  if  else  import  from  use  pub  struct  class  const  function  new  None
 True  False  null  true  false  impl  match  while  not  and  or  is  int  str  self.  String  Vec  Option  Result  of
 to  a  b  x  =  ==  !=  =>  ->  +  -  *  /  {  }  (  &  &&  ||  //  #
return self let fn def for in if else import from use pub struct class const function new None True False null impl
match while not and or print println name value index result data error config path file text line range width height
get set add len push test assert item list map key type user time () (); ); ), {{ }} :: -> => == != // /// ); """


def byte_alphabet():
    """One printable character per byte, as byte-level tokenizers write them: printable ones stand for themselves."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters, spare = {}, 256
    for byte in range(256):
        if byte in printable:
            letters[byte] = chr(byte)
        else:
            letters[byte] = chr(spare)
            spare += 1
    return letters


def vocabulary():
    """The ordinary tokens and the merges that build them: all bytes, then the words, letter by letter."""
    letters = byte_alphabet()
    tokens, merges, known = [letters[byte] for byte in range(256)], [], set(letters.values())

    def learn(text):
        parts = [letters[byte] for byte in text.encode("utf-8")]
        while len(parts) > 1:
            joined = parts[0] + parts[1]
            if joined not in known:
                known.add(joined)
                tokens.append(joined)
                merges.append(f"{parts[0]} {parts[1]}")
            parts[:2] = [joined]

    for indent in range(2, 13):
        learn(" " * indent)
    for line in WORDS.splitlines():
        # Two spaces part the words that begin with one.
        for word in line.split("  ") if line.startswith(" ") else line.split():
            word = " " + word.strip() if line.startswith(" ") else word
            if word.strip():
                learn(word)
    return tokens, merges


def text(value):
    data = value.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


class Gguf:
    """A GGUF file in the making."""

    U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
    FORMATS = {U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}
    ALIGNMENT = 32

    def __init__(self):
        self.entries, self.tensors = [], []

    def encode(self, kind, value):
        return text(value) if kind == self.STRING else struct.pack(self.FORMATS[kind], value)

    def put(self, key, kind, value):
        self.entries.append(text(key) + struct.pack("<I", kind) + self.encode(kind, value))

    def put_all(self, key, kind, values):
        body = b"".join(self.encode(kind, it) for it in values)
        self.entries.append(text(key) + struct.pack("<IIQ", self.ARRAY, kind, len(values)) + body)

    def tensor(self, name, values, *shape):
        """`shape` counts from the innermost dimension, as GGUF writes it."""
        data = array.array("f", values)
        assert len(data) == math.prod(shape), name
        if sys.byteorder == "big":
            data.byteswap()
        self.tensors.append((name, shape, data.tobytes()))

    def bytes(self):
        def pad(data):
            return data + b"\0" * (-len(data) % self.ALIGNMENT)

        head = struct.pack("<4sIQQ", b"GGUF", 3, len(self.tensors), len(self.entries)) + b"".join(self.entries)
        body = b""
        for name, shape, data in self.tensors:
            head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(body))
            body += pad(data)
        return pad(head) + body


def model(fim):
    out, rng = Gguf(), random.Random(1)
    tokens, merges = vocabulary()
    special = SPECIAL + (FIM if fim else [])
    ids = {token: len(tokens) + n for n, token in enumerate(special)}
    words = len(tokens) + len(special)

    out.put("general.architecture", out.STRING, "qwen2")
    out.put("general.name", out.STRING, "Tiny Qwen2.5 Coder " + ("Base" if fim else "Instruct"))
    out.put("general.file_type", out.U32, 0)
    for key, value in {"context_length": CONTEXT, "embedding_length": WIDTH, "block_count": LAYERS,
                       "feed_forward_length": FEED_FORWARD, "attention.head_count": HEADS,
                       "attention.head_count_kv": KEY_VALUE_HEADS, "vocab_size": words}.items():
        out.put(f"qwen2.{key}", out.U32, value)
    out.put("qwen2.rope.freq_base", out.F32, 10000.0)
    out.put("qwen2.attention.layer_norm_rms_epsilon", out.F32, 1e-6)

    out.put("tokenizer.ggml.model", out.STRING, "gpt2")
    out.put("tokenizer.ggml.pre", out.STRING, "qwen2")
    out.put_all("tokenizer.ggml.tokens", out.STRING, tokens + special)
    out.put_all("tokenizer.ggml.token_type", out.I32, [1] * len(tokens) + [3] * len(special))  # 1 normal, 3 control
    out.put_all("tokenizer.ggml.merges", out.STRING, merges)
    end = ids["<|endoftext|>" if fim else "<|im_end|>"]
    for key, value in {"bos": ids["<|endoftext|>"], "eos": end, "eot": end, "padding": ids["<|endoftext|>"]}.items():
        out.put(f"tokenizer.ggml.{key}_token_id", out.U32, value)
    out.put("tokenizer.ggml.add_bos_token", out.BOOL, False)
    for token, key in FIM_KEYS.items() if fim else ():
        out.put(f"tokenizer.ggml.fim_{key}_token_id", out.U32, ids[token])
    if not fim:
        out.put("tokenizer.chat_template", out.STRING, CHAT_TEMPLATE)

    def noise(count, scale):
        return [rng.gauss(0.0, scale) for _ in range(count)]

    def matrix(name, inner, outer):
        out.tensor(name, noise(inner * outer, 1 / math.sqrt(inner)), inner, outer)

    def constant(name, value, size):
        out.tensor(name, [value] * size, size)

    out.tensor("token_embd.weight", noise(words * WIDTH, 0.05), WIDTH, words)  # also the output: none is given
    constant("output_norm.weight", 1.0, WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        for part, size in ("q", HEADS * HEAD), ("k", KEY_VALUE_HEADS * HEAD), ("v", KEY_VALUE_HEADS * HEAD):
            matrix(f"{block}attn_{part}.weight", WIDTH, size)
            constant(f"{block}attn_{part}.bias", 0.0, size)
        matrix(block + "attn_output.weight", HEADS * HEAD, WIDTH)
        matrix(block + "ffn_gate.weight", WIDTH, FEED_FORWARD)
        matrix(block + "ffn_up.weight", WIDTH, FEED_FORWARD)
        matrix(block + "ffn_down.weight", FEED_FORWARD, WIDTH)
        constant(block + "attn_norm.weight", 1.0, WIDTH)
        constant(block + "ffn_norm.weight", 1.0, WIDTH)
    return out.bytes()


def main():
    parser = argparse.ArgumentParser(description="Makes a tiny language model from nothing.")
    parser.add_argument("file", help="the GGUF file to write")
    parser.add_argument("--no-fim", action="store_true", help="an instruct model instead of a base model")
    args = parser.parse_args()
    # In one step: whoever waits for the file never sees half of it.
    part = f"{args.file}.{os.getpid()}.part"
    with open(part, "wb") as file:
        file.write(model(not args.no_fim))
    os.replace(part, args.file)


if __name__ == "__main__":
    main()
