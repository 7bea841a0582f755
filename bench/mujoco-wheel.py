"""Replays recorded episodes with the `mujoco` wheel and prints physics steps per second (see simulation.ts)."""

import json
import sys
import time

import mujoco

with open(sys.argv[1], encoding="utf-8") as file:
    request = json.load(file)
model = mujoco.MjModel.from_xml_path(request["model"])
data = mujoco.MjData(model)
steps = 0
start = time.perf_counter()
for recording in request["recordings"]:
    mujoco.mj_resetData(model, data)
    data.qpos[:] = recording["qpos"]
    data.qvel[:] = recording["qvel"]
    for ctrl in recording["ctrl"]:
        data.ctrl[:] = ctrl
        mujoco.mj_step(model, data, request["substeps"])
        steps += request["substeps"]
print(steps / (time.perf_counter() - start))
