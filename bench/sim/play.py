"""Recorded episodes, played with the `mujoco` wheel."""

import mujoco


def play(model, data, recording, substeps):
    """Puts the recording's start state in and steps through its commands. Returns the number of physics steps."""
    mujoco.mj_resetData(model, data)
    data.qpos[:] = recording["qpos"]
    data.qvel[:] = recording["qvel"]
    for ctrl in recording["ctrl"]:
        data.ctrl[:] = ctrl
        mujoco.mj_step(model, data, substeps)
    return substeps * len(recording["ctrl"])
