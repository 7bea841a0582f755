"""Exports an ACT policy of LeRobot as a folder that graft runs: policy.onnx and manifest.yaml (docs/your-policy.md).

Runs in an environment that has lerobot, onnx, onnxscript and onnxruntime; graft itself needs none of them.
"""

import argparse
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import yaml
from lerobot.configs.policies import PreTrainedConfig
from lerobot.configs.types import PolicyFeature
from lerobot.policies.act.modeling_act import ACTPolicy
from lerobot.policies.factory import make_pre_post_processors
from lerobot.processor import NormalizerProcessorStep, PolicyProcessorPipeline
from torch import Tensor, nn

Processors = tuple[PolicyProcessorPipeline, PolicyProcessorPipeline]
Statistics = dict[str, dict[str, np.ndarray]]
Observation = tuple[np.ndarray, list[np.ndarray]]

STATE, ACTION = "observation.state", "action"
MINIMUM_STD = 0.01  # a state that is constant in the data must not become infinitely sensitive
MINIMUM_HALF_RANGE = 0.05  # rad, the same for a joint that hardly moves
CHECKED, TOLERANCE = 10, 1e-4  # observations, rad


class ExportedPolicy(nn.Module):
    """LeRobot's inference from one observation: its preprocessor, the network, its postprocessor.

    LeRobot's own normalisation is part of the graph, whatever its mode. The state comes in standardised by the
    manifest, since a residual standardises by the same numbers, and is put back into LeRobot's unit first.
    """

    def __init__(
        self, policy: ACTPolicy, processors: Processors, mean: list[float], std: list[float], rad_per_unit: float
    ):
        super().__init__()
        self.policy = policy
        self.preprocessor, self.postprocessor = processors
        self.rad_per_unit = rad_per_unit
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, state: Tensor, *images: Tensor) -> tuple[Tensor, Tensor]:
        """Actions [1, chunk, joints], rad, and features [1, dim_model] of a state [1, n], standardised, and images
        [1, 3, H, W] in [0, 1]."""
        tokens = []
        hook = self.policy.model.encoder.register_forward_hook(lambda _, __, output: tokens.append(output))
        chunk = self.infer((state * self.std + self.mean) / self.rad_per_unit, images)
        hook.remove()
        # [tokens, 1, dim_model]: of the latent, the state and the places of the images, after all saw each other.
        pooled = tokens[0].mean(dim=0)
        return chunk * self.rad_per_unit, nn.functional.layer_norm(pooled, pooled.shape[-1:])

    def infer(self, state: Tensor, images: tuple[Tensor, ...]) -> Tensor:
        """As LeRobot does it, in LeRobot's units."""
        batch = {STATE: state, **dict(zip(self.policy.config.image_features, images, strict=True))}
        return self.postprocessor(self.policy.predict_action_chunk(self.preprocessor(batch)))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", required=True, help="folder (pretrained_model) or repository of the policy")
    parser.add_argument("--out", required=True, type=Path, help="folder to write")
    parser.add_argument("--rate", required=True, type=float, help="frames per second of the data set, Hz")
    parser.add_argument("--joints", required=True, nargs="+", help="the robot's joint of each action element")
    parser.add_argument("--state", nargs="+", help="graft's name of each state element; default: JOINT.position")
    parser.add_argument(
        "--camera",
        action="append",
        default=[],
        metavar="KEY=CAMERA",
        help="the task's camera for an image of the policy; default: the last part of the key",
    )
    parser.add_argument("--execute", type=int, help="actions executed of a chunk; default: the policy's n_action_steps")
    parser.add_argument("--degrees", action="store_true", help="the data set's states and actions are in degrees")
    parser.add_argument("--check", type=Path, help="write one observation and PyTorch's answer to this JSON file")
    return parser.parse_args()


def load(path: str) -> tuple[ACTPolicy, Processors]:
    """The policy and its pre- and postprocessor, on the CPU."""
    config = PreTrainedConfig.from_pretrained(path)
    if config.type != "act":
        raise SystemExit(f"{path}: is a policy of type {config.type}, expected act")
    if config.robot_state_feature is None or config.env_state_feature is not None:
        raise SystemExit(f"{path}: expected a policy that sees {STATE} and images, and no environment state")
    config.device = "cpu"
    config.pretrained_backbone_weights = None  # they are in the policy's own file
    policy = ACTPolicy.from_pretrained(path, config=config, strict=True)
    on_cpu = {"device_processor": {"device": "cpu"}}
    processors = make_pre_post_processors(
        config, pretrained_path=path, preprocessor_overrides=on_cpu, postprocessor_overrides=on_cpu
    )
    return policy, processors


def statistics(preprocessor: PolicyProcessorPipeline, rad_per_unit: float) -> Statistics:
    """Mean, std, min and max over the data set of state and action, rad."""
    stats = next((step.stats for step in preprocessor.steps if isinstance(step, NormalizerProcessorStep)), {})
    for key in (STATE, ACTION):
        if missing := {"mean", "std", "min", "max"} - set(stats.get(key, {})):
            raise SystemExit(f"the policy's preprocessor has no {', '.join(sorted(missing))} of {key}")
    return {
        key: {name: np.asarray(stats[key][name]) * rad_per_unit for name in ("mean", "std", "min", "max")}
        for key in (STATE, ACTION)
    }


def describe(arguments: argparse.Namespace, policy: ACTPolicy, stats: Statistics) -> dict:
    """The manifest (schemas/manifest.schema.json of graft), without the hash."""
    config = policy.config
    names = arguments.state or [f"{joint}.position" for joint in arguments.joints]
    for option, given, size in (
        ("--state", names, config.robot_state_feature.shape[0]),
        ("--joints", arguments.joints, config.action_feature.shape[0]),
    ):
        if len(given) != size:
            raise SystemExit(f"{option}: {len(given)} names, expected {size}")
    state = stats[STATE]
    std = np.maximum(state["std"], MINIMUM_STD)
    # Nothing in the data set is clipped, as nothing is in LeRobot; what is far outside of it is.
    reach = np.maximum(state["max"] - state["mean"], state["mean"] - state["min"]) / std
    return {
        "policy": "policy.onnx",
        "control_rate_hz": arguments.rate,
        "observation": {
            "input": STATE,
            "names": names,
            "mean": numbers(state["mean"]),
            "std": numbers(std),
            "clip": max(5, math.ceil(reach.max())),
            "images": image_inputs(arguments.camera, config.image_features),
        },
        "features": {"output": "features", "size": config.dim_model},
        "action": {
            "output": ACTION,
            "joints": arguments.joints,
            "normalised": False,
            **action_range(stats[ACTION]),
            "chunk_size": config.chunk_size,
            "execute": arguments.execute or config.n_action_steps,
        },
    }


def action_range(action: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """The range of the demonstrated actions, rad."""
    centre = (action["min"] + action["max"]) / 2
    half = np.maximum((action["max"] - action["min"]) / 2, MINIMUM_HALF_RANGE)
    return {"lower": numbers(centre - half), "upper": numbers(centre + half)}


def numbers(values: np.ndarray) -> list[float]:
    """Float32, as few digits as tell them apart."""
    return [float(str(value)) for value in values.astype(np.float32)]


def image_inputs(pairs: list[str], features: dict[str, PolicyFeature]) -> list[dict]:
    cameras = {key: key.rsplit(".", 1)[-1] for key in features}
    for key, _, camera in (pair.partition("=") for pair in pairs):
        if key not in features or camera == "":
            raise SystemExit(f"--camera: expected KEY=CAMERA with a KEY of {', '.join(features)}, got {key}")
        cameras[key] = camera
    return [
        {"input": key, "image": {"camera": cameras[key], "width": feature.shape[2], "height": feature.shape[1]}}
        for key, feature in features.items()
    ]


def export(exported: ExportedPolicy, manifest: dict, file: Path) -> None:
    observation = manifest["observation"]
    keys = [image["input"] for image in observation["images"]]
    shapes = [exported.policy.config.image_features[key].shape for key in keys]
    torch.onnx.export(
        exported,
        (torch.zeros(1, len(observation["names"])), *(torch.zeros(1, *shape) for shape in shapes)),
        str(file),
        input_names=[STATE, *keys],
        output_names=[ACTION, "features"],
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def random_observation(generator: np.random.Generator, manifest: dict, stats: Statistics) -> Observation:
    """A state within the data set's, rad, and images of random bytes [H, W, 3]."""
    state = generator.uniform(stats[STATE]["min"], stats[STATE]["max"]).astype(np.float32)
    sizes = [(image["image"]["height"], image["image"]["width"], 3) for image in manifest["observation"]["images"]]
    return state, [generator.integers(0, 256, size, dtype=np.uint8) for size in sizes]


def answers(
    exported: ExportedPolicy, session: onnxruntime.InferenceSession, manifest: dict, observation: Observation
) -> tuple[np.ndarray, np.ndarray]:
    """Actions [chunk, joints] in rad: LeRobot's own from the raw observation, and the ONNX file's as graft asks it."""
    state, images = observation
    spec = manifest["observation"]
    inputs = [np.float32(image.transpose(2, 0, 1)[None]) / np.float32(255) for image in images]
    with torch.no_grad():
        raw = torch.tensor(state[None]) / exported.rad_per_unit
        expected = exported.infer(raw, [torch.tensor(image) for image in inputs]).numpy() * exported.rad_per_unit
    standardised = np.clip((state - spec["mean"]) / spec["std"], -spec["clip"], spec["clip"])
    keys = [image["input"] for image in spec["images"]]
    feeds = dict(zip([STATE, *keys], [np.float32(standardised[None]), *inputs], strict=True))
    (found,) = session.run([ACTION], feeds)
    return expected[0], found[0]


def check(exported: ExportedPolicy, manifest: dict, file: Path, stats: Statistics) -> dict:
    """Compares the file with LeRobot on random observations; returns one of them with LeRobot's answer."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(0)
    observations = [random_observation(generator, manifest, stats) for _ in range(CHECKED)]
    pairs = [answers(exported, session, manifest, observation) for observation in observations]
    difference = max(float(np.abs(expected - found).max()) for expected, found in pairs)
    print(f"{CHECKED} random observations: onnxruntime is at most {difference:.1e} rad from LeRobot")
    if not difference < TOLERANCE:
        raise SystemExit(f"{file}: expected at most {TOLERANCE} rad; no manifest is written")
    state, images = observations[0]
    return {"state": state, "images": [image.ravel() for image in images], "action": pairs[0][0]}


def main() -> None:
    arguments = parse_arguments()
    rad_per_unit = math.pi / 180 if arguments.degrees else 1.0
    policy, processors = load(arguments.policy)
    stats = statistics(processors[0], rad_per_unit)
    manifest = describe(arguments, policy, stats)
    observation = manifest["observation"]
    exported = ExportedPolicy(policy, processors, observation["mean"], observation["std"], rad_per_unit).eval()
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = arguments.out / manifest["policy"]
    export(exported, manifest, file)
    answer = check(exported, manifest, file, stats)
    manifest["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    text = yaml.safe_dump(manifest, sort_keys=False, default_flow_style=None, width=120)
    (arguments.out / "manifest.yaml").write_text(text)
    if arguments.check is not None:
        arguments.check.write_text(json.dumps(answer, default=lambda array: array.tolist()))


if __name__ == "__main__":
    main()
