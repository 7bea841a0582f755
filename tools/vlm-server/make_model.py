"""Writes a vision-language model of a megabyte with random weights, in the files of llama.cpp: model.gguf and mmproj.gguf.

    python make_model.py FOLDER

It reads bytes, looks at 56 x 56 pixels and likes to say Yes and No; what it says means nothing. The weights are the same every time.
"""

import sys
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

WIDTH, HIDDEN, BLOCKS, HEADS = 64, 128, 2, 4
IMAGE, PATCH = 56, 14
CONTEXT = 32768
# Words that are tokens of their own, so that an answer of one word has a probability, and the pairs that make them.
WORD_MERGES = ["Y e", "Ye s", "N o", "y e", "ye s", "n o"]
LIKED = ["Yes", "No"]
LIKED_LOGIT = 8.0
SPECIAL = ["<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

random = np.random.default_rng(0)


def matrix(*shape):
    """Normal weights that keep the size of what they act on; the last dimension is the input's."""
    return (random.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)


def constant(value, *shape):
    return np.full(shape, value, np.float32)


def byte_tokens():
    """The characters by which byte-level BPE (GPT-2) writes the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    names = {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}
    return [names[byte] for byte in range(256)]


def add_linear(file, name, outputs, inputs, bias):
    file.add_tensor(f"{name}.weight", matrix(outputs, inputs))
    if bias:
        file.add_tensor(f"{name}.bias", constant(0, outputs))


def add_norm(file, name, bias):
    file.add_tensor(f"{name}.weight", constant(1, WIDTH))
    if bias:
        file.add_tensor(f"{name}.bias", constant(0, WIDTH))


def add_tokenizer(file):
    tokens = byte_tokens() + [merge.replace(" ", "") for merge in WORD_MERGES]
    types = [TokenType.NORMAL] * len(tokens) + [TokenType.CONTROL] * len(SPECIAL)
    tokens += SPECIAL
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("gpt-2")
    file.add_token_list(tokens)
    file.add_token_types(types)
    file.add_token_merges(WORD_MERGES)
    file.add_bos_token_id(tokens.index("<|im_start|>"))
    file.add_eos_token_id(tokens.index("<|im_end|>"))
    file.add_add_bos_token(False)
    file.add_chat_template(CHAT_TEMPLATE)
    return tokens


def add_language_model(file):
    file.add_block_count(BLOCKS)
    file.add_context_length(CONTEXT)
    file.add_embedding_length(WIDTH)
    file.add_feed_forward_length(HIDDEN)
    file.add_head_count(HEADS)
    file.add_head_count_kv(HEADS)
    file.add_layer_norm_rms_eps(1e-6)
    file.add_rope_freq_base(1e4)
    tokens = add_tokenizer(file)
    file.add_tensor("token_embd.weight", matrix(len(tokens), WIDTH))
    add_norm(file, "output_norm", bias=False)
    add_linear(file, "output", len(tokens), WIDTH, bias=False)
    liking = [LIKED_LOGIT if token in LIKED else 0 for token in tokens]
    file.add_tensor("output.bias", np.array(liking, np.float32))
    for block in range(BLOCKS):
        place = f"blk.{block}"
        add_norm(file, f"{place}.attn_norm", bias=False)
        add_norm(file, f"{place}.ffn_norm", bias=False)
        for part in ("attn_q", "attn_k", "attn_v"):
            add_linear(file, f"{place}.{part}", WIDTH, WIDTH, bias=True)
        add_linear(file, f"{place}.attn_output", WIDTH, WIDTH, bias=False)
        add_linear(file, f"{place}.ffn_gate", HIDDEN, WIDTH, bias=False)
        add_linear(file, f"{place}.ffn_up", HIDDEN, WIDTH, bias=False)
        add_linear(file, f"{place}.ffn_down", WIDTH, HIDDEN, bias=False)


def add_vision_encoder(file):
    file.add_bool("clip.has_vision_encoder", True)
    file.add_string("clip.projector_type", "mlp")
    for key, value in {
        "image_size": IMAGE,
        "patch_size": PATCH,
        "embedding_length": WIDTH,
        "feed_forward_length": HIDDEN,
        "block_count": BLOCKS,
        "projection_dim": WIDTH,
        "attention.head_count": HEADS,
    }.items():
        file.add_uint32(f"clip.vision.{key}", value)
    file.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    file.add_array("clip.vision.image_mean", [0.5] * 3)
    file.add_array("clip.vision.image_std", [0.5] * 3)
    file.add_bool("clip.use_gelu", True)
    file.add_tensor("v.class_embd", matrix(WIDTH))
    file.add_tensor("v.patch_embd.weight", matrix(WIDTH, 3, PATCH, PATCH))
    file.add_tensor("v.position_embd.weight", matrix((IMAGE // PATCH) ** 2 + 1, WIDTH))
    add_norm(file, "v.pre_ln", bias=True)
    for block in range(BLOCKS):
        place = f"v.blk.{block}"
        add_norm(file, f"{place}.ln1", bias=True)
        add_norm(file, f"{place}.ln2", bias=True)
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            add_linear(file, f"{place}.{part}", WIDTH, WIDTH, bias=True)
        add_linear(file, f"{place}.ffn_up", HIDDEN, WIDTH, bias=True)
        add_linear(file, f"{place}.ffn_down", WIDTH, HIDDEN, bias=True)
    add_linear(file, "mm.0", WIDTH, WIDTH, bias=True)
    add_linear(file, "mm.2", WIDTH, WIDTH, bias=True)


def write(path, architecture, add):
    file = GGUFWriter(path, architecture)
    add(file)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "model.gguf", "qwen2", add_language_model)
    write(folder / "mmproj.gguf", "clip", add_vision_encoder)
