/**
 * The robot of `npm run bench -- control-loop`: sensors of 29 joints out, commands in, no physics; joints are where they were told to
 * be. It measures both graphs, graft's and its peer's, in the same way and by its own clock: with `--rate 0` (lockstep) from before it
 * sends the sensors of a stamp until it hears their command, at a rate from when it hears an observation until it hears its command.
 * Commands and observations are read no further than to their stamps.
 * It begins to count `--warm-up` seconds after the first command, or after the first learned policy with `--learner`, and ends
 * the launch `--seconds` later with its figures in `--out`.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PolicyUpdate, type Time } from '../../src/interfaces/graft-messages.js';
import { frameTopic, isBody } from '../../src/robot/tracked-frames.js';
import {
  createNode,
  nanosecondsFromTime,
  openGraph,
  timeFromNanoseconds,
  wallTime,
  type GraftNode,
} from '../../src/ros/index.js';
import { AckGate } from '../../src/sim/ack-gate.js';
import { findTask, type Task } from '../../src/sim/task.js';
import { LoopTimes } from './loop-times.js';

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: '' },
    rate: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '3' },
    learner: { type: 'string', default: 'false' },
    alone: { type: 'string', default: 'false' },
    observation: { type: 'string', default: 'graft_msgs/msg/Observation' },
    out: { type: 'string', default: '' },
  },
});

/** Lockstep, as in launch/config/train_sim.yaml: steps that the learner may be behind, and how long it may be silent, s. */
const [ackWindow, ackTimeout] = [32, 5];
/** Sensors without a command for so long are sent again, s: the other side may only be starting. */
const retransmitAfter = 1;
/** A graph that has not been measured after so long is broken, s. */
const patience = 120;

const milliseconds = (): number => performance.now();

/** The stamp that a message begins with: four bytes of encapsulation, then its header. */
function stampOf(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return nanosecondsFromTime({ sec: view.getInt32(4, true), nanosec: view.getUint32(8, true) });
}

/** Publishes a still scene and a robot at home. */
function sensorsOf(node: GraftNode, task: Task): (stamp: Time) => void {
  const joints = node.publisher('joint_states', 'sensor_msgs/msg/JointState', 'reliable');
  const { joints: specs } = task.robot;
  const name = specs.map((joint) => joint.name);
  const position = Float64Array.from(specs, ({ home }) => home);
  const still = new Float64Array(specs.length);
  const zero = { x: 0, y: 0, z: 0 };
  const pose = { position: { x: 0.4, y: -0.2, z: 0.8 }, orientation: { ...zero, w: 1 } };
  const covariance = new Float64Array(36);
  const frames = Object.entries(task.frames).map(([frame, spec]) => {
    const topic = frameTopic(frame, spec);
    if (!isBody(spec)) {
      const poses = node.publisher(topic, 'geometry_msgs/msg/PoseStamped', 'reliable');
      return (stamp: Time): void => poses.publish({ header: { stamp, frame_id: 'world' }, pose });
    }
    const odometry = node.publisher(topic, 'nav_msgs/msg/Odometry', 'reliable');
    const twist = { twist: { linear: zero, angular: zero }, covariance };
    return (stamp: Time): void =>
      odometry.publish({
        header: { stamp, frame_id: 'world' },
        child_frame_id: 'world',
        pose: { pose, covariance },
        twist,
      });
  });
  return (stamp) => {
    joints.publish({ header: { stamp, frame_id: '' }, name, position, velocity: still, effort: still });
    for (const publish of frames) publish(stamp);
  };
}

class Robot {
  readonly #times = new LoopTimes();
  readonly #sensors;
  readonly #states;
  readonly #gate = new AckGate(values.learner === 'true' ? ackWindow : 0, ackTimeout, 0);
  readonly #rate = Number(values.rate);
  #episode = '';
  #step = 0;
  /** ns; in lockstep simulated, else the host's */
  #now = 1_000_000_000n;
  #sentAt = -Infinity;
  #commanded = false;
  #countsFrom = Infinity;
  #policies = 0;

  constructor(
    node: GraftNode,
    private readonly task: Task,
  ) {
    this.#sensors = sensorsOf(node, task);
    this.#states = node.publisher('task_state', 'graft_msgs/msg/TaskState', 'reliable');
    // Before the commands: where both are there, the observation is read first.
    node.rawSubscription('observation', values.observation, 'reliable', (bytes) => {
      if (this.#rate > 0) this.#times.asked(stampOf(bytes), milliseconds());
    });
    node.rawSubscription('joint_trajectory', 'trajectory_msgs/msg/JointTrajectory', 'reliable', (bytes) =>
      this.#command(stampOf(bytes), milliseconds()),
    );
    node.subscription('step_ack', 'graft_msgs/msg/StepAck', 'reliable', (id) => {
      this.#gate.acknowledged(id, milliseconds() / 1000);
      this.#tryStep();
    });
    node.subscription('policy_update', 'graft_msgs/msg/PolicyUpdate', 'latched', ({ mode }) => {
      if (mode === PolicyUpdate.MODE_POLICY) this.#learned();
    });
    node.service('reset_task', 'graft_msgs/srv/ResetTask', ({ episode_id }) => this.#reset(episode_id));
    if (this.#rate > 0) node.timer(0.5 / this.#rate, () => this.#send());
    node.timer(retransmitAfter / 4, () => this.#watch());
    if (values.alone === 'true') this.#reset('peer');
  }

  #reset(episode_id: string): { success: boolean; message: string; stamp: Time } {
    this.#episode = episode_id;
    this.#step = 0;
    this.#times.pause();
    this.#advance();
    this.#send();
    return { success: true, message: '', stamp: timeFromNanoseconds(this.#now) };
  }

  #advance(): void {
    const period = BigInt(Math.round(1e9 / this.task.control_rate_hz));
    this.#now = this.#rate > 0 ? nanosecondsFromTime(wallTime()) : this.#now + period;
  }

  #send(): void {
    if (this.#episode === '') return;
    if (this.#rate > 0) this.#advance();
    else this.#times.asked(this.#now, milliseconds());
    this.#sentAt = milliseconds();
    this.#commanded = false;
    const stamp = timeFromNanoseconds(this.#now);
    this.#sensors(stamp);
    const header = { stamp, frame_id: 'world' };
    const step = { episode_id: this.#episode, step: this.#step };
    const [names, measured] = [[], new Float32Array()];
    this.#states.publish({ header, ...step, success: false, failure: false, names, values: measured });
  }

  #command(stamp: bigint, now: number): void {
    if (!this.#times.answered(stamp, now)) return;
    if (values.learner !== 'true' && this.#countsFrom === Infinity) this.#beginIn(Number(values['warm-up']));
    if (this.#rate > 0) this.#step++;
    this.#commanded = true;
    this.#tryStep();
  }

  /** Lockstep: the next sensors, once this stamp's command is there and the learner is near. */
  #tryStep(): void {
    const stands = values.alone !== 'true' && this.#step >= this.task.horizon_steps;
    if (this.#rate > 0 || !this.#commanded || stands || !this.#gate.isOpen(milliseconds() / 1000)) return;
    this.#gate.executed({ episode_id: this.#episode, step: this.#step }, milliseconds() / 1000);
    this.#step++;
    this.#advance();
    this.#send();
  }

  #learned(): void {
    this.#policies++;
    if (values.learner === 'true' && this.#countsFrom === Infinity) this.#beginIn(Number(values['warm-up']));
  }

  #beginIn(seconds: number): void {
    this.#countsFrom = milliseconds() + 1000 * seconds;
    setTimeout(() => {
      this.#policies = 0;
      this.#times.begin();
    }, 1000 * seconds);
    setTimeout(() => this.#end(), 1000 * (seconds + Number(values.seconds)));
  }

  #end(): void {
    const summary = this.#times.summary(this.#rate > 0 ? 1000 / this.#rate : 0);
    writeFileSync(values.out, JSON.stringify({ ...summary, policies: this.#policies }));
    process.exit(0);
  }

  #watch(): void {
    if (milliseconds() > 1000 * patience && this.#countsFrom === Infinity) process.exit(1);
    const silent = milliseconds() - this.#sentAt > 1000 * retransmitAfter;
    if (this.#rate === 0 && !this.#commanded && silent) this.#send();
    this.#tryStep();
  }
}

const node = createNode(await openGraph([]), 'robot');
new Robot(node, findTask(values.task));
node.spin();
