"""Replays recorded episodes with the `mujoco` wheel, told when to begin on standard input, and prints physics steps per second (see replay.ts)."""

import json
import sys
import time

import mujoco
from play import play

with open(sys.argv[1], encoding="utf-8") as file:
    request = json.load(file)
warm_up, seconds = float(sys.argv[2]), float(sys.argv[3])
model = mujoco.MjModel.from_xml_path(request["model"])
data = mujoco.MjData(model)


def replay(duration):
    steps = 0
    start = time.perf_counter()
    while True:
        for recording in request["recordings"]:
            steps += play(model, data, recording, request["substeps"])
            elapsed = time.perf_counter() - start
            if elapsed >= duration:
                return steps / elapsed


replay(warm_up)
print("ready", flush=True)
sys.stdin.readline()
print(replay(seconds), flush=True)
