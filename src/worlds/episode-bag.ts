/** Episodes of simulations without ROS, written as the topics that the nodes would have published. */
import { BagWriter } from '../bag/writer.js';
import { endingAt } from '../episodes/ending.js';
import { createCodec } from '../interfaces/codec.js';
import { loadDefinition } from '../interfaces/definition.js';
import { Episode, type Header, type Image, type Messages } from '../interfaces/graft-messages.js';
import { imageMessage } from '../interfaces/image-message.js';
import type { ImageSpec } from '../robot/image-spec.js';
import { observationNames } from '../robot/observation-spec.js';
import { opticalFrame } from '../robot/profile.js';
import { qosProfile, type QosName } from '../interfaces/qos-profiles.js';
import { nanosecondsFromTime, timeFromNanoseconds, wallTime } from '../interfaces/ros-time.js';
import type { Task } from '../sim/task.js';
import type { TraceStep, WorldEpisode } from './world-runner.js';

/** What is recorded: topic, type and QoS profile as in docs/ros.md. */
const topics = {
  episode: ['graft_msgs/msg/Episode', 'latched'],
  domain: ['graft_msgs/msg/Domain', 'latched'],
  joint_states: ['sensor_msgs/msg/JointState', 'reliable'],
  task_state: ['graft_msgs/msg/TaskState', 'reliable'],
  observation: ['graft_msgs/msg/Observation', 'reliable'],
  base_action: ['graft_msgs/msg/Action', 'reliable'],
  executed_step: ['graft_msgs/msg/ExecutedStep', 'history'],
} as const satisfies Record<string, readonly [keyof Messages, QosName]>;

type TopicName = keyof typeof topics;
type MessageOf<T extends TopicName> = Messages[(typeof topics)[T][0]];

/** Where an episode's message stands. */
type Moment = { readonly header: Header; readonly episode_id: string; readonly step: number };

/** Where the episodes of a bag are from. */
export type Origin = {
  /** begins the ids of its episodes */
  readonly name: string;
  readonly kind: (typeof Episode)['KIND_DEMO' | 'KIND_ROLLOUT' | 'KIND_EVALUATION'];
  /** of the actions (graft_msgs/Action) */
  readonly source: 'expert' | 'base';
};

const demonstrations: Origin = { name: 'demo', kind: Episode.KIND_DEMO, source: 'expert' };

export class EpisodeBag {
  readonly #names: string[];
  readonly #period: bigint;
  /** Simulated time, ns; as in the simulator it never goes back. */
  #now = 1_000_000_000n;
  #count = 0;

  private constructor(
    private readonly task: Task,
    /** names of the task's quantities, as the judge has them */
    private readonly quantities: readonly string[],
    private readonly origin: Origin,
    private readonly writer: BagWriter,
    /** what went wrong while writing */
    private readonly problems: readonly string[],
  ) {
    this.#names = observationNames(task.observation);
    this.#period = BigInt(Math.round(1e9 / task.control_rate_hz));
  }

  /**
   * @param origin demonstrations of the expert unless given
   * @throws Error if the folder exists or cannot be written; ConfigError if a message definition is missing
   */
  static async open(folder: string, task: Task, origin = demonstrations): Promise<EpisodeBag> {
    const problems: string[] = [];
    const writer = await BagWriter.open(folder, { onError: ({ message }) => void problems.push(message) });
    for (const [name, [type, qos]] of Object.entries(topics)) {
      const { text: schemaText, typeHash } = loadDefinition(type);
      writer.addTopic({ name: `/${name}`, type, qos: qosProfile(qos), schemaText, typeHash });
    }
    return new EpisodeBag(task, Object.keys(task.quantities), origin, writer, problems);
  }

  /**
   * Appends an episode, with its trace, and waits until it is on the disk.
   * @returns the id that it got
   * @throws Error if the disk is full
   */
  async append(episode: WorldEpisode): Promise<string> {
    const id = [this.origin.name, this.task.name, episode.seed, String(this.#count++).padStart(6, '0')].join(
      '-',
    );
    this.#now += this.#period;
    const start_stamp = timeFromNanoseconds(this.#now);
    const identity = { episode_id: id, seed: BigInt(episode.seed), task: this.task.name, start_stamp };
    const { names, values } = episode.domain;
    const { seed } = identity;
    const domain = { header: this.#header(''), episode_id: id, seed, variant: episode.variant };
    this.#write('domain', { ...domain, names: [...names], values });
    this.#phase(identity, Episode.PHASE_RUNNING, episode);
    episode.trace.forEach((step, i) => {
      if (i > 0) this.#now += this.#period;
      this.#step({ header: this.#header('base_link'), episode_id: id, step: i }, step, i < episode.steps);
    });
    this.#phase(identity, Episode.PHASE_ENDED, episode);
    await this.writer.flush();
    this.#requireHealth();
    return id;
  }

  async close(): Promise<void> {
    await this.writer.close();
    this.#requireHealth();
  }

  #requireHealth(): void {
    if (this.problems.length > 0) throw new Error(this.problems[0]);
  }

  #header(frame_id: string): Header {
    return { stamp: timeFromNanoseconds(this.#now), frame_id };
  }

  #phase(
    identity: Pick<Episode, 'episode_id' | 'seed' | 'task' | 'start_stamp'>,
    phase: number,
    { steps, success, terminated }: WorldEpisode,
  ): void {
    const ended = phase === Episode.PHASE_ENDED;
    const ending = endingAt(steps, this.task.horizon_steps, { success, failure: terminated && !success });
    const outcomes = {
      unknown: Episode.OUTCOME_UNKNOWN,
      success: Episode.OUTCOME_SUCCESS,
      failure: Episode.OUTCOME_FAILURE,
    };
    this.#write('episode', {
      ...identity,
      header: this.#header(''),
      phase,
      kind: this.origin.kind,
      outcome: ended ? outcomes[ending?.outcome ?? 'unknown'] : Episode.OUTCOME_UNKNOWN,
      terminated: ended && terminated,
      truncated: ended && (ending?.truncated ?? false),
      final_step: ended ? steps : 0,
    });
  }

  #step(moment: Moment, step: TraceStep, executed: boolean): void {
    const { header } = moment;
    this.#write('joint_states', {
      header: { ...header, frame_id: '' },
      name: this.task.robot.joints.map(({ name }) => name),
      position: step.positions,
      velocity: step.velocities,
      effort: step.efforts,
    });
    this.#write('task_state', {
      ...moment,
      header: { ...header, frame_id: 'world' },
      success: step.verdict.outcome === 'success',
      failure: step.verdict.outcome === 'failure',
      names: [...this.quantities, 'stage'],
      values: Float32Array.of(...step.verdict.quantities, step.verdict.stage),
    });
    const { images } = this.task;
    this.#write('observation', {
      ...moment,
      names: this.#names,
      state: step.observed.state,
      cameras: images.map(({ camera }) => camera),
      images: step.observed.images.map((pixels, i) => this.#image(images[i], pixels, header)),
      stale: false,
      stale_inputs: [],
    });
    this.#actions(moment, step, executed);
  }

  #actions(moment: Moment, step: TraceStep, isExecuted: boolean): void {
    const joints = [...this.task.action_joints];
    const { base, executed: commanded, limited: executed, limiter_flags, chunk_step, features } = step;
    const { source } = this.origin;
    const identity = { ...moment, source, policy_version: 0n, joints, base, chunk_step };
    this.#write('base_action', { ...identity, values: commanded, features });
    if (!isExecuted) return;
    const residual = commanded.map((value, i) => value - base[i]);
    this.#write('executed_step', {
      ...{ ...identity, residual, commanded, executed, limiter_flags },
      intervention: false,
      latency: 0,
    });
  }

  #image(spec: ImageSpec, data: Uint8Array, { stamp }: Header): Image {
    return imageMessage(spec, data, { stamp, frame_id: opticalFrame(this.task.robot, spec.camera) });
  }

  #write<T extends TopicName>(topic: T, message: MessageOf<T>): void {
    const now = nanosecondsFromTime(wallTime());
    const codec = createCodec(topics[topic][0]) as { encode(message: MessageOf<T>): Uint8Array };
    this.writer.write(`/${topic}`, { logTime: now, publishTime: now, data: codec.encode(message) });
  }
}
