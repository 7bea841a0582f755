"""The control loop of graft's nodes in rclpy, in one process: observer, base policy, residual policy, safety (see control-loop.ts).

The topics and what is in the messages are graft's; observation, actions and executed step travel as sensor_msgs/JointState, since
graft_msgs has no Python. The networks are numpy's, of graft's sizes, with weights of noise.
Usage: python3 rclpy_nodes.py RATE, where RATE is in Hz; 0 answers the sensors of each stamp at once.
"""

import sys
from array import array

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Odometry
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

HISTORY = 1000


class Network:
    """Two hidden layers, as a cloned base policy (256) or a residual actor (128) has them."""

    def __init__(self, inputs, hidden, outputs):
        random = np.random.default_rng(0)
        sizes = [inputs, hidden, hidden, outputs]
        self.layers = [random.normal(0, 0.05, size).astype(np.float32) for size in zip(sizes, sizes[1:])]

    def __call__(self, values):
        for layer in self.layers[:-1]:
            values = np.maximum(values @ layer, 0)
        return np.tanh(values @ self.layers[-1])


def message(header, names, position, velocity=(), effort=()):
    """Numbers as a JointState."""
    return JointState(
        header=header,
        name=names,
        position=array("d", position),
        velocity=array("d", velocity),
        effort=array("d", effort),
    )


def stamp_of(header):
    return header.stamp.sec * 1_000_000_000 + header.stamp.nanosec


class Observer(Node):
    def __init__(self, rate):
        super().__init__("observer")
        self.inputs = {}
        self.rate = rate
        self.names = None
        self.publisher = self.create_publisher(JointState, "observation", 10)
        self.create_subscription(JointState, "joint_states", lambda m: self.take("joints", m), 10)
        self.create_subscription(Odometry, "object/odometry", lambda m: self.take("object", m), 10)
        self.create_subscription(PoseStamped, "hand/pose", lambda m: self.take("hand", m), 10)
        if rate > 0:
            self.create_timer(1 / rate, self.observe)

    def take(self, name, received):
        self.inputs[name] = received
        if self.rate == 0 and len({stamp_of(m.header) for m in self.inputs.values()}) == 1:
            self.observe()

    def observe(self):
        if len(self.inputs) < 3:
            return
        joints, odometry, hand = self.inputs["joints"], self.inputs["object"], self.inputs["hand"]
        if self.names is None:
            parts = [f"{name}.{kind}" for kind in ("position", "velocity") for name in joints.name]
            self.names = parts + [f"object.{i}" for i in range(13)] + [f"hand.{i}" for i in range(7)]
        twist = odometry.twist.twist
        state = [*joints.position, *joints.velocity]
        for pose in (odometry.pose.pose, hand.pose):
            p, q = pose.position, pose.orientation
            state += [p.x, p.y, p.z, q.x, q.y, q.z, q.w]
        for v in (twist.linear, twist.angular):
            state += [v.x, v.y, v.z]
        self.publisher.publish(message(joints.header, self.names, state))


class BasePolicy(Node):
    def __init__(self):
        super().__init__("base_policy")
        self.network = None
        self.publisher = self.create_publisher(JointState, "base_action", 10)
        self.create_subscription(JointState, "observation", self.answer, 10)

    def answer(self, observation):
        names = observation.name[:29]
        state = np.asarray(observation.position, dtype=np.float32)
        if self.network is None:
            self.network = Network(len(state), 256, 4 * len(names))
        action = self.network(state)[: len(names)]
        self.publisher.publish(message(observation.header, names, action, action))


class ResidualPolicy(Node):
    def __init__(self):
        super().__init__("residual_policy")
        self.network = None
        self.observation = None
        self.proposal = None
        self.publisher = self.create_publisher(JointState, "action", 10)
        self.create_subscription(JointState, "observation", self.observed, 10)
        self.create_subscription(JointState, "base_action", self.proposed, 10)

    def observed(self, observation):
        self.observation = observation
        self.answer()

    def proposed(self, proposal):
        self.proposal = proposal
        self.answer()

    def answer(self):
        observation, proposal = self.observation, self.proposal
        if observation is None or proposal is None:
            return
        if stamp_of(observation.header) != stamp_of(proposal.header):
            return
        base = np.asarray(proposal.position, dtype=np.float32)
        seen = np.concatenate([np.asarray(observation.position, dtype=np.float32), base])
        if self.network is None:
            self.network = Network(len(seen), 128, len(base))
        residual = 0.1 * self.network(seen)
        self.publisher.publish(message(proposal.header, proposal.name, base + residual, base))


class Safety(Node):
    def __init__(self):
        super().__init__("safety")
        self.measured = None
        self.previous = None
        self.publisher = self.create_publisher(JointTrajectory, "joint_trajectory", 10)
        self.steps = self.create_publisher(JointState, "executed_step", HISTORY)
        self.create_subscription(JointState, "joint_states", self.sensed, 10)
        self.create_subscription(JointState, "observation", self.observed, 10)
        self.create_subscription(JointState, "action", self.act, 10)

    def sensed(self, joints):
        self.measured = joints

    def observed(self, observation):
        self.waiting = stamp_of(observation.header)

    def act(self, action):
        values = np.asarray(action.position)
        if self.previous is None:
            self.previous = np.asarray(self.measured.position)
        base = np.asarray(action.velocity)
        bounded = base + np.clip(values - base, -0.2, 0.2)
        executed = np.clip(bounded, self.previous - 0.05, self.previous + 0.05)
        executed = np.clip(executed, -3.1, 3.1)
        self.previous = executed
        point = JointTrajectoryPoint(positions=array("d", executed))
        self.publisher.publish(JointTrajectory(header=action.header, joint_names=action.name, points=[point]))
        self.steps.publish(message(action.header, action.name, executed, values, base))


def main():
    rate = float(sys.argv[1])
    rclpy.init()
    executor = SingleThreadedExecutor()
    for node in (Observer(rate), BasePolicy(), ResidualPolicy(), Safety()):
        executor.add_node(node)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


main()
