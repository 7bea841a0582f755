/** `mujoco_sim`: steps MuJoCo, publishes sensors as a robot would, takes its controllers' commands. Knows nothing of learning. */
import type { JointTrajectory, ResetTaskRequest, ResetTaskResponse } from '../interfaces/graft-messages.js';
import { controllerCommands } from '../robot/controller-commands.js';
import {
  nanosecondsFromTime,
  timeFromNanoseconds,
  waitUntil,
  type NodeContext,
  type NodeDefinition,
} from '../ros/index.js';
import { AckGate } from '../sim/ack-gate.js';
import { TaskJudge, type Verdict } from '../sim/expression/judge.js';
import { EvaluationError } from '../sim/expression/source.js';
import { PhysicsError, World } from '../sim/world.js';
import { CameraPublishers, observedFirst, type CameraParameters } from './camera-publishers.js';
import { sensorPublishers } from './sensor-publishers.js';
import { seconds } from './steady-clock.js';
import { findTask, type Task } from '../sim/task.js';

type Parameters = CameraParameters & {
  readonly task: string;
  readonly randomise: boolean;
  readonly ack_window: number;
  readonly ack_timeout: number;
  readonly camera_rate: number;
  readonly joint_state_rate: number;
};

/** A lockstep simulation that hears nothing for so long sends its sensors again, s: a message may be lost at start-up. */
const retransmitAfter = 1;

/** So long a reset in lockstep waits for the answer to an episode's last sensors, s. */
const lastAnswerWithin = 0.1;

export const mujocoSim: NodeDefinition<Parameters> = {
  name: 'mujoco_sim',
  create(context: NodeContext<Parameters>) {
    const { node, parameters } = context;
    const task = findTask(parameters.values.task);
    let simulation: Simulation | undefined;
    for (const { topic, type } of controllerCommands(task.robot, task.action_joints))
      node.subscription(topic, type, 'reliable', (command) => simulation?.command(topic, command));
    node.subscription('step_ack', 'graft_msgs/msg/StepAck', 'reliable', (id) =>
      simulation?.acknowledged(id.episode_id, id.step),
    );
    node.service(
      'reset_task',
      'graft_msgs/srv/ResetTask',
      (request) =>
        simulation?.reset(request) ?? {
          success: false,
          message: 'the simulator is not active',
          stamp: { sec: 0, nanosec: 0 },
        },
    );
    let world: World | undefined;
    return Promise.resolve({
      configure: async () => {
        world = await World.create(task);
      },
      activate: () => {
        if (world !== undefined) simulation = new Simulation(context, task, world);
      },
      deactivate: () => {
        simulation?.stop();
        simulation = undefined;
      },
      cleanup: () => world?.dispose(),
    });
  },
};

class Simulation {
  readonly #judge: TaskJudge;
  readonly #domains;
  readonly #publishSensors;
  /** Of the cameras that the task observes: in lockstep a picture belongs to every step. */
  readonly #observed: CameraPublishers;
  readonly #others: CameraPublishers;
  readonly #gate: AckGate;
  readonly #period: bigint;
  readonly #stepsPerImage: number;
  readonly #timers: { cancel(): void }[] = [];
  /** Simulated time, ns; it never goes back. 0 would mean "no time" in ROS. */
  #now = 1_000_000_000n;
  #episode = '';
  #step = 0;
  #verdict: Verdict;
  /** Lockstep: by controller, the parts of a command that is not complete, or waits for the learner. */
  readonly #pending = new Map<string, Record<string, number>>();
  /** joints by controllers' topic */
  readonly #controllers: ReadonlyMap<string, readonly string[]>;
  #sentAt = 0;
  /** Stamp of the last command that was in time, ns. */
  #answered = 0n;
  #untilCheck = 0;

  constructor(
    private readonly context: NodeContext<Parameters>,
    private readonly task: Task,
    private readonly world: World,
  ) {
    const { node, parameters } = context;
    const { ack_window, ack_timeout, camera_rate, joint_state_rate, clock } = parameters.values;
    this.#controllers = controllerJoints(task);
    this.#judge = TaskJudge.compile(task, world.names);
    this.#verdict = this.#judge.reset(world.scene);
    this.#domains = node.publisher('domain', 'graft_msgs/msg/Domain', 'latched');
    this.#publishSensors = sensorPublishers(node, world, this.#judge);
    const [observed, others] = observedFirst(task, parameters.values);
    const onPicture = (): void => this.#tryStep();
    this.#observed = new CameraPublishers(context, observed, world, onPicture, 'observed cameras');
    this.#others = new CameraPublishers(context, others, world, onPicture, 'cameras');
    this.#gate = new AckGate(ack_window, ack_timeout, seconds());
    this.#period = BigInt(Math.round(1e9 / task.control_rate_hz));
    this.#stepsPerImage = Math.max(1, Math.round(task.control_rate_hz / camera_rate));
    if (clock === 'lockstep') this.#timers.push(node.timer(0.1, () => this.#watch()));
    else {
      this.#timers.push(node.timer(1 / joint_state_rate, () => this.#advance(1 / joint_state_rate)));
      for (const cameras of [this.#observed, this.#others])
        this.#timers.push(node.timer(1 / camera_rate, () => cameras.publish(this.#stamp)));
    }
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#observed.close();
    this.#others.close();
  }

  /** Puts robot and object where the seed says. Time goes on by one control period, so that stamps stay unique. */
  async reset({ seed, episode_id }: ResetTaskRequest): Promise<ResetTaskResponse> {
    await this.#lastAnswer();
    const fault = this.#tryReset(Number(seed));
    if (fault !== undefined) return { success: false, message: fault, stamp: this.#stamp };
    this.#now += this.#period;
    this.#episode = episode_id;
    this.#step = 0;
    this.#pending.clear();
    this.#untilCheck = 1 / this.task.control_rate_hz;
    this.#publishDomain(episode_id, seed);
    this.#publish();
    return { success: true, message: '', stamp: this.#stamp };
  }

  /**
   * An episode's last sensors are answered like any others, but nothing waits for it. A reset takes some 10 ms, in which the nodes of this
   * process stand still, so it lets them answer first.
   */
  async #lastAnswer(): Promise<void> {
    const isOpen = (): boolean => this.#isLockstep && this.#stands && this.#answered < this.#now;
    await waitUntil(() => this.#episode === '' || !isOpen(), { timeout: lastAnswerWithin, period: 0.001 });
  }

  /** @returns why the world cannot be put there, if so */
  #tryReset(seed: number): string | undefined {
    const { randomise } = this.context.parameters.values;
    try {
      this.world.reset(seed, { randomise });
      this.#verdict = this.#judge.reset(this.world.scene);
      return undefined;
    } catch (error) {
      if (error instanceof PhysicsError || error instanceof EvaluationError) return error.message;
      throw error;
    }
  }

  /**
   * A controller's command. Lockstep takes only the answer to the sensors it sent last, and waits for every controller;
   * realtime takes every command at once.
   */
  command(topic: string, message: JointTrajectory): void {
    if (this.#episode === '') return;
    const values = this.#targets(topic, message);
    if (!this.#isLockstep) return this.#attempt(() => this.world.command(values));
    if (nanosecondsFromTime(message.header.stamp) !== this.#now) return;
    this.#answered = this.#now;
    if (this.#stands) return;
    this.#pending.set(topic, values);
    this.#tryStep();
  }

  /** Position targets by joint, rad, of a trajectory's last point; a controller drives its own joints only. */
  #targets(topic: string, { joint_names, points }: JointTrajectory): Record<string, number> {
    const positions = points.at(-1)?.positions ?? new Float64Array();
    const own = this.#controllers.get(topic) ?? [];
    const foreign = joint_names.filter((name) => !own.includes(name));
    const level = foreign.length === 0 ? 'OK' : 'WARN';
    const ignored = `${topic} does not drive ${foreign.join(', ')}: ignored`;
    this.context.diagnostics.set('commands', level, foreign.length === 0 ? 'understood' : ignored);
    const values = joint_names.map((name, i) => [name, positions[i]] as const);
    return Object.fromEntries(values.filter(([name, value]) => own.includes(name) && value !== undefined));
  }

  acknowledged(episode_id: string, step: number): void {
    this.#gate.acknowledged({ episode_id, step }, seconds());
    this.#tryStep();
  }

  get #camerasAreBusy(): boolean {
    return this.#observed.isBusy || this.#others.isBusy;
  }

  get #isLockstep(): boolean {
    return this.context.parameters.values.clock === 'lockstep';
  }

  /** After success, failure or the horizon nothing moves until the next reset. */
  get #stands(): boolean {
    return this.#verdict.outcome !== 'running' || this.#step >= this.task.horizon_steps;
  }

  get #stamp(): { sec: number; nanosec: number } {
    return timeFromNanoseconds(this.#now);
  }

  #tryStep(): void {
    if (this.#pending.size < this.#controllers.size || this.#camerasAreBusy) return;
    if (!this.#gate.isOpen(seconds())) return;
    const values = Object.assign({}, ...this.#pending.values()) as Record<string, number>;
    this.#pending.clear();
    this.#attempt(() => this.world.step(values));
    this.#gate.executed({ episode_id: this.#episode, step: this.#step }, seconds());
    this.#now += this.#period;
    this.#step++;
    this.#judgeStep();
    this.#publish();
  }

  #judgeStep(): void {
    if (this.#verdict.outcome === 'running')
      this.#attempt(() => (this.#verdict = this.#judge.update(this.world.scene)));
  }

  /** A simulation that is not finite, or an expression that cannot be computed, is the end of the episode: a failure. */
  #attempt(action: () => void): void {
    const { diagnostics, node } = this.context;
    try {
      action();
    } catch (error) {
      if (!(error instanceof PhysicsError || error instanceof EvaluationError)) throw error;
      this.#verdict = { ...this.#verdict, outcome: 'failure' };
      diagnostics.set('episode', 'ERROR', error.message);
      node.logger.error(`${this.#episode} fails: ${error.message}`);
    }
  }

  /** What makes the episode's simulation differ from the nominal one, so that a bag can be replayed. */
  #publishDomain(episode_id: string, seed: bigint): void {
    const { domain, variant } = this.world;
    const header = { stamp: this.#stamp, frame_id: '' };
    const { names, values } = domain;
    this.#domains.publish({ header, episode_id, seed, variant, names: [...names], values });
  }

  #publish(): void {
    this.#sentAt = seconds();
    this.#publishSensors(this.#stamp, {
      episode_id: this.#episode,
      step: this.#step,
      verdict: this.#verdict,
    });
    if (!this.#isLockstep) return;
    this.#observed.publish(this.#stamp);
    if (this.#step % this.#stepsPerImage === 0) this.#others.publish(this.#stamp);
  }

  /** Lockstep: lets go of a silent learner, sends again what nobody answered. */
  #watch(): void {
    this.#tryStep();
    const { diagnostics } = this.context;
    diagnostics.set(
      'learner',
      this.#gate.released ? 'WARN' : 'OK',
      this.#gate.released ? 'silent: going on without it' : 'in step',
    );
    if (
      this.#episode === '' ||
      this.#pending.size === this.#controllers.size ||
      seconds() - this.#sentAt < retransmitAfter
    )
      return;
    // Pictures that are not drawn yet need not be ordered again: orders would pile up behind a thread that hangs.
    const step = { step: this.#step };
    if (this.#camerasAreBusy) return diagnostics.set('lockstep', 'WARN', 'waiting for the cameras', step);
    diagnostics.set('lockstep', 'WARN', 'no command for these sensors: sent again', step);
    this.#publish();
  }

  /** Realtime: physics by the clock, success judged once per control period. */
  #advance(elapsed: number): void {
    if (this.#episode === '') return;
    this.#attempt(() => this.world.advance(elapsed));
    this.#now += BigInt(Math.round(elapsed * 1e9));
    this.#untilCheck -= elapsed;
    if (this.#untilCheck <= 0) {
      this.#untilCheck += 1 / this.task.control_rate_hz;
      this.#step++;
      this.#judgeStep();
    }
    this.#publish();
  }
}

/** By topic, the joints of each controller that drives some of the task's. */
function controllerJoints({ robot, action_joints }: Task): Map<string, readonly string[]> {
  const used = new Set(controllerCommands(robot, action_joints).map(({ topic }) => topic));
  return new Map(
    robot.controllers.flatMap(({ topic, joints }) => (used.has(topic) ? [[topic, joints] as const] : [])),
  );
}
