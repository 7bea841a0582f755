"""Inserts and batches of cpprb's replay buffer, with transitions of the shapes that replay.ts measures; prints one line of JSON.

Usage: python cpprb_replay.py '{"lengths": [28, ...], "rows": 20000, "input": 53, "action": 13, "images": 2, "batch": 64, "batches": 40}'
The contents are noise. Episodes are added whole, as graft adds them. n-step returns are made when a transition is added.
"""

import json
import sys
import time

import cpprb
import numpy as np

order = json.loads(sys.argv[1])
random = np.random.default_rng(0)
shapes = {"input": order["input"], "base": order["action"], "place": 1}
fields = {name: {"shape": size, "dtype": np.float32} for name, size in shapes.items()}
for i in range(order["images"]):
    fields[f"image{i}"] = {"shape": (84, 84, 3), "dtype": np.uint8}
following = {f"next_{name}": dict(spec) for name, spec in fields.items()}
step = {"action": {"shape": order["action"], "dtype": np.float32}, "reward": {}, "done": {}}
everything = {**fields, **following, **step}


def noise(steps, spec):
    shape = spec.get("shape", 1)
    size = (steps, *shape) if isinstance(shape, tuple) else (steps, shape)
    if spec.get("dtype") is np.uint8:
        return random.integers(0, 256, size, dtype=np.uint8)
    return random.normal(size=size).astype(np.float32)


def episode(steps):
    rows = {name: noise(steps, spec) for name, spec in everything.items()}
    rows["done"] = np.arange(1, steps + 1).reshape(-1, 1) == steps
    return rows


episodes = [episode(length) for length in order["lengths"]]
n_step = {"size": 5, "gamma": 0.97, "rew": "reward", "next": list(following)}
buffer = cpprb.ReplayBuffer(order["rows"], everything, Nstep=n_step)
transitions = 0
start = time.process_time()
while transitions + 100 < order["rows"]:
    rows = episodes[transitions % len(episodes)]
    buffer.add(**rows)
    buffer.on_episode_end()
    transitions += len(rows["done"])
insert = time.process_time() - start
buffer.sample(order["batch"])
start = time.process_time()
for _ in range(order["batches"]):
    buffer.sample(order["batch"])
sample = (time.process_time() - start) / order["batches"]
held = buffer.get_all_transitions()
size = sum(values.nbytes for values in held.values()) / buffer.get_stored_size()
print(
    json.dumps(
        {
            "inserts_per_s": round(transitions / insert),
            "transitions_sampled_per_s": round(order["batch"] / sample),
            "ms_per_batch": round(1000 * sample, 3),
            "bytes_per_transition": round(size),
        }
    )
)
