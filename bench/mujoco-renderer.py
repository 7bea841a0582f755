"""What the `mujoco` wheel sees of the same poses: depth and segmentation, by rays or by its own renderer (see camera.ts).

Reads a JSON request and writes one file of float32 depth (m, 0 for nothing) and int32 geom ids (-1 for nothing), picture by picture.
"""

import json
import sys

import mujoco
import numpy as np


def cast_rays(model, data, camera, width, height, groups):
    """One ray through each pixel's centre (mj_ray): exact surfaces, no GL."""
    focal = height / 2 / np.tan(np.radians(model.cam_fovy[camera]) / 2)
    columns, rows = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    rays = np.stack([columns / focal, -rows / focal, -np.ones_like(columns)], axis=-1).reshape(-1, 3)
    lengths = np.linalg.norm(rays, axis=1)
    world = np.ascontiguousarray((rays / lengths[:, None]) @ data.cam_xmat[camera].reshape(3, 3).T)
    depth = np.zeros(len(rays), dtype=np.float32)
    geoms = np.full(len(rays), -1, dtype=np.int32)
    hit = np.zeros(1, dtype=np.int32)
    for i, ray in enumerate(world):
        distance = mujoco.mj_ray(model, data, data.cam_xpos[camera], ray, groups, 1, -1, hit)
        if distance >= 0:
            depth[i] = distance / lengths[i]
            geoms[i] = hit[0]
    return depth, geoms


def draw(renderer, option, data, camera):
    """MuJoCo's renderer through OpenGL."""
    renderer.update_scene(data, camera, option)
    renderer.enable_segmentation_rendering()
    segmentation = renderer.render()
    renderer.disable_segmentation_rendering()
    renderer.enable_depth_rendering()
    depth = renderer.render()
    renderer.disable_depth_rendering()
    is_geom = segmentation[..., 1] == int(mujoco.mjtObj.mjOBJ_GEOM)
    geoms = np.where(is_geom, segmentation[..., 0], -1).astype(np.int32).ravel()
    return np.where(geoms >= 0, depth.ravel(), 0).astype(np.float32), geoms


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    model = mujoco.MjModel.from_xml_path(request["model"])
    data = mujoco.MjData(model)
    width, height = request["width"], request["height"]
    groups = np.array([1, 1, 1, 0, 0, 0], dtype=np.uint8)
    option = mujoco.MjvOption()
    option.geomgroup[:] = groups
    option.sitegroup[:] = 0
    renderer = mujoco.Renderer(model, height, width) if request["peer"] == "renderer" else None
    with open(sys.argv[2], "wb") as out:
        for picture in request["pictures"]:
            data.qpos[:] = picture["qpos"]
            mujoco.mj_forward(model, data)
            camera = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, picture["camera"])
            if renderer is None:
                depth, geoms = cast_rays(model, data, camera, width, height, groups)
            else:
                depth, geoms = draw(renderer, option, data, camera)
            out.write(depth.tobytes())
            out.write(geoms.tobytes())


main()
