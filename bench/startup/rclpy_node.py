"""The smallest rclpy node that commands a robot: what graft's start is compared with (see startup.ts)."""

import rclpy
from rclpy.executors import ExternalShutdownException
from trajectory_msgs.msg import JointTrajectory


def main():
    rclpy.init()
    node = rclpy.create_node("commander")
    publisher = node.create_publisher(JointTrajectory, "joint_trajectory", 10)
    node.create_timer(0.01, lambda: publisher.publish(JointTrajectory()))
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


main()
