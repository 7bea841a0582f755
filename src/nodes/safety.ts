/** `safety`: the last node before the robot. Bounds every command, holds when there is none, says what was really sent. */
import { Episode, type Action, type Header, type Observation } from '../interfaces/graft-messages.js';
import { selectJoints } from '../robot/profile.js';
import { nanosecondsFromTime, type NodeContext, type NodeDefinition } from '../ros/index.js';
import { holdCommand, limitCommand, Limit, type LimitedCommand } from '../safety/limiter.js';
import { watch, type SafetyState } from '../safety/watchdog.js';
import type { ClockMode } from './clock-mode.js';
import { commandPublishers, type JointCommand } from './command-publishers.js';
import { seconds } from './steady-clock.js';
import { findTask } from '../sim/task.js';

type Parameters = {
  readonly task: string;
  readonly clock: ClockMode;
  readonly max_residual: number;
  readonly velocity_scale: number;
  readonly max_age: number;
  readonly hold_after: number;
  readonly lockstep_hold_after: number;
};

type StepIdentity = { readonly header: Header; readonly episode_id: string; readonly step: number };

/** The observation that no action has answered yet, and when it came, s. */
type Waiting = { readonly identity: StepIdentity; readonly since: number; readonly stale: boolean };

export const safety: NodeDefinition<Parameters> = {
  name: 'safety',
  create(context: NodeContext<Parameters>) {
    const gate = new SafetyGate(context);
    const { node } = context;
    node.subscription('joint_states', 'sensor_msgs/msg/JointState', 'reliable', ({ name, position }) =>
      gate.sensed(name, position),
    );
    node.subscription('observation', 'graft_msgs/msg/Observation', 'reliable', (observation) =>
      gate.observed(observation),
    );
    node.subscription('action', 'graft_msgs/msg/Action', 'reliable', (action) => gate.act(action));
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched', ({ phase, episode_id }) => {
      if (phase === Episode.PHASE_RUNNING) gate.beginEpisode(episode_id);
    });
    node.timer(gate.watchPeriod, () => gate.watch());
    return Promise.resolve({});
  },
};

class SafetyGate {
  readonly #task;
  readonly #joints;
  readonly #command;
  readonly #steps;
  readonly #measured = new Map<string, number>();
  #previous: Float32Array | undefined;
  /** The episode that `#previous` belongs to. */
  #episodeId = '';
  #state: SafetyState = 'hold';
  #sensedAt = -Infinity;
  #actedAt = -Infinity;
  #waiting: Waiting | undefined;
  #answered: { readonly stamp: bigint; readonly command: JointCommand } | undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    const { node, parameters } = context;
    parameters.onChange(() => undefined);
    this.#task = findTask(parameters.values.task);
    this.#joints = selectJoints(this.#task.robot, this.#task.action_joints, this.#task.file);
    const names = this.#joints.map(({ name }) => name);
    this.#command = commandPublishers(node, this.#task.robot, names, 1 / this.#task.control_rate_hz);
    this.#steps = node.publisher('executed_step', 'graft_msgs/msg/ExecutedStep', 'history');
  }

  /** s */
  get watchPeriod(): number {
    return 0.5 / this.#task.control_rate_hz;
  }

  sensed(names: readonly string[], positions: Float64Array): void {
    names.forEach((name, i) => this.#measured.set(name, positions[i]));
    this.#sensedAt = seconds();
  }

  /** A new episode leaves a stop. */
  beginEpisode(episode_id: string): void {
    this.#enter(episode_id);
    this.#state = 'hold';
    this.#actedAt = seconds();
  }

  observed({ header, episode_id, step, stale }: Observation): void {
    const identity = { header, episode_id, step };
    const stamp = nanosecondsFromTime(identity.header.stamp);
    if (this.#answered?.stamp === stamp) this.#command(this.#answered.command);
    else if (
      this.#waiting?.identity.step !== identity.step ||
      this.#waiting.identity.episode_id !== identity.episode_id
    ) {
      this.#waiting = { identity, since: seconds(), stale };
    }
  }

  act(action: Action): void {
    if (!this.context.isActive()) return;
    const stamp = nanosecondsFromTime(action.header.stamp);
    if (this.#answered?.stamp === stamp) return;
    const previous = this.#start(action.episode_id);
    if (previous === undefined) return;
    this.#actedAt = seconds();
    const stale = this.#isStale(action);
    const { max_residual, velocity_scale } = this.context.parameters.values;
    const settings = {
      joints: this.#joints,
      period: 1 / this.#task.control_rate_hz,
      max_residual,
      velocity_scale,
    };
    const base = this.#ordered(action.joints, action.base);
    const commanded = this.#ordered(action.joints, action.values);
    this.#send(
      action,
      action,
      base,
      commanded,
      limitCommand({ base, commanded, stale: stale || this.#state === 'stop' }, previous, settings),
    );
  }

  /** Runs between control steps: holds where nothing answers, stops where the robot cannot be seen. */
  watch(): void {
    if (!this.context.isActive()) return;
    const { max_age, hold_after, lockstep_hold_after } = this.context.parameters.values;
    const now = seconds();
    if (this.#isRealtime) {
      this.#state = watch(
        this.#state,
        { sensors: now - this.#sensedAt, action: now - this.#actedAt },
        { max_age, hold_after },
      );
      const level = this.#state === 'run' ? 'OK' : this.#state === 'hold' ? 'WARN' : 'ERROR';
      this.context.diagnostics.set('watchdog', level, this.#state);
    }
    const limit = this.#isRealtime ? hold_after : lockstep_hold_after;
    if (this.#waiting !== undefined && now - this.#waiting.since > limit) this.#hold(this.#waiting.identity);
  }

  get #isRealtime(): boolean {
    return this.context.parameters.values.clock === 'realtime';
  }

  #hold(identity: StepIdentity): void {
    const previous = this.#start(identity.episode_id);
    if (previous === undefined) return;
    this.context.node.logger.warn(
      `no action for step ${identity.step} of ${identity.episode_id}: the robot holds`,
    );
    const source = { source: 'hold', policy_version: 0n, chunk_step: 0 };
    this.#send(identity, source, previous, previous, holdCommand(previous, this.#joints));
  }

  /** An episode starts from where the robot is, whether its first action or the news of it comes first. */
  #enter(episode_id: string): void {
    if (episode_id !== this.#episodeId) this.#previous = undefined;
    this.#episodeId = episode_id;
  }

  /** The last command, or the measured positions at the start; undefined while the robot has not been seen. */
  #start(episode_id: string): Float32Array | undefined {
    this.#enter(episode_id);
    if (
      this.#previous === undefined &&
      this.#joints.every(({ name }) => Number.isFinite(this.#measured.get(name)))
    ) {
      this.#previous = Float32Array.from(this.#joints, ({ name }) => this.#measured.get(name) ?? NaN);
    }
    return this.#previous;
  }

  /**
   * Whether an action answers an observation that was stale itself or, in realtime, comes too late or answers none that is
   * waited for.
   */
  #isStale({ episode_id, step }: Action): boolean {
    const waiting = this.#waiting;
    if (waiting?.identity.episode_id !== episode_id || waiting.identity.step !== step)
      return this.#isRealtime;
    const isLate = seconds() - waiting.since > this.context.parameters.values.max_age;
    return waiting.stale || (this.#isRealtime && isLate);
  }

  /** Values by the task's joints; NaN for one that is missing, which the limiter turns into a hold. */
  #ordered(joints: readonly string[], values: Float32Array): Float32Array {
    return Float32Array.from(this.#joints, ({ name }) => values[joints.indexOf(name)] ?? NaN);
  }

  #send(
    { header, episode_id, step }: StepIdentity,
    { source, policy_version, chunk_step }: Pick<Action, 'source' | 'policy_version' | 'chunk_step'>,
    base: Float32Array,
    commanded: Float32Array,
    { executed, flags }: LimitedCommand,
  ): void {
    const joints = this.#joints.map(({ name }) => name);
    const command = { header, positions: executed };
    this.#command(command);
    this.#previous = executed;
    this.#answered = { stamp: nanosecondsFromTime(header.stamp), command };
    const latency = this.#waiting === undefined ? 0 : seconds() - this.#waiting.since;
    this.#waiting = undefined;
    const residual = commanded.map((value, i) => value - base[i]);
    const identity = { header, episode_id, step, source, policy_version, chunk_step, joints };
    this.#steps.publish({
      ...identity,
      intervention: source === 'human',
      base,
      residual,
      commanded,
      executed,
      limiter_flags: flags,
      latency,
    });
    const abnormal = flags & (Limit.nonFinite | Limit.stale | Limit.hold);
    this.context.diagnostics.set(
      'command',
      abnormal === 0 ? 'OK' : 'WARN',
      abnormal === 0 ? 'executing' : 'holding',
      { flags, source },
    );
  }
}
