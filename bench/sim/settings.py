"""What physics settings cost and change: replays recorded episodes with the `mujoco` wheel (see sim.ts). Prints a JSON object of
each setting's physics steps per second (processor time, best of rounds) and how far from the model's own settings the object ends, in mm."""

import json
import sys
import time

import mujoco
import numpy as np
from play import play

ROUNDS = 5

SETTINGS = {
    "as shipped": lambda option: None,
    "Euler integrator": lambda option: setattr(option, "integrator", mujoco.mjtIntegrator.mjINT_EULER),
    "pyramidal cones": lambda option: setattr(option, "cone", mujoco.mjtCone.mjCONE_PYRAMIDAL),
    "dense Jacobians": lambda option: setattr(option, "jacobian", mujoco.mjtJacobian.mjJAC_DENSE),
    "conjugate gradients": lambda option: setattr(option, "solver", mujoco.mjtSolver.mjSOL_CG),
    "10 solver iterations": lambda option: setattr(option, "iterations", 10),
    "20 line-search iterations": lambda option: setattr(option, "ls_iterations", 20),
    "tolerance 1e-4": lambda option: setattr(option, "tolerance", 1e-4),
    "no islands": lambda option: disable(option, mujoco.mjtDisableBit.mjDSBL_ISLAND),
    "no mid-phase": lambda option: disable(option, mujoco.mjtDisableBit.mjDSBL_MIDPHASE),
    "sleeping bodies": lambda option: enable(option, mujoco.mjtEnableBit.mjENBL_SLEEP),
}


def disable(option, flag):
    option.disableflags |= int(flag)


def enable(option, flag):
    option.enableflags |= int(flag)


def replay(model, data, request):
    """Returns steps per second and the position of the last free body at the end of each recording."""
    ends, steps = [], 0
    start = time.process_time()
    for recording in request["recordings"]:
        steps += play(model, data, recording, request["substeps"])
        ends.append(data.qpos[-7:-4].copy())
    return steps / (time.process_time() - start), np.array(ends)


def measure(request, change):
    model = mujoco.MjModel.from_xml_path(request["model"])
    change(model.opt)
    data = mujoco.MjData(model)
    runs = [replay(model, data, request) for _ in range(ROUNDS)]
    return max(rate for rate, _ in runs), runs[-1][1]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    found = {name: measure(request, change) for name, change in SETTINGS.items()}
    reference = found["as shipped"][1]
    rows = {
        name: {
            "steps_per_s": round(rate),
            "object_off_mm": [round(1000 * float(d), 1) for d in np.linalg.norm(ends - reference, axis=1)],
        }
        for name, (rate, ends) in found.items()
    }
    print(json.dumps(rows))


main()
