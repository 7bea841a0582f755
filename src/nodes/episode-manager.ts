/** `episode_manager`: opens and closes episodes: seeds, resets, success, time-out, a person's labels. */
import { DoneStreak } from '../episodes/done-streak.js';
import { endingAt, endingOfLabel, type Ending, type Outcome } from '../episodes/ending.js';
import { appendEpisode, readEpisodes } from '../episodes/log.js';
import {
  afterEpisode,
  isOver,
  newSession,
  nextSeed,
  type Session,
  type SessionLimits,
} from '../episodes/session.js';
import {
  Episode,
  type LabelEpisodeRequest,
  type LabelEpisodeResponse,
  type Reward,
  type StepAck,
  type TaskState,
  type Time,
} from '../interfaces/graft-messages.js';
import {
  sameTime,
  ServiceTimeoutError,
  waitUntil,
  type NodeContext,
  type NodeDefinition,
} from '../ros/index.js';
import { waitForActive } from './wait-for-active.js';
import type { ClockMode } from './clock-mode.js';
import { findTask } from '../sim/task.js';

type Kind = 'demo' | 'rollout' | 'evaluation';

type Parameters = SessionLimits & {
  readonly task: string;
  readonly clock: ClockMode;
  readonly kind: Kind;
  readonly log_file: string;
  readonly wait_for: readonly string[];
  readonly wait_for_reward: boolean;
  readonly wait_timeout: number;
  readonly learner: string;
  readonly success_critic: string;
  readonly success_opinions: number;
};

type Running = { readonly id: string; readonly seed: number; readonly start_stamp: Time };

/** Grades begin at 1. */
const bestGrade = 5;

/** How long the session's end waits for the learner, and an episode's end for those who hear of it, s. */
const [learnerTimeout, deliveryTimeout] = [120, 1];

const kinds = {
  demo: Episode.KIND_DEMO,
  rollout: Episode.KIND_ROLLOUT,
  evaluation: Episode.KIND_EVALUATION,
} as const;
const outcomes: Record<Outcome, number> = {
  unknown: Episode.OUTCOME_UNKNOWN,
  success: Episode.OUTCOME_SUCCESS,
  failure: Episode.OUTCOME_FAILURE,
};

export const episodeManager: NodeDefinition<Parameters> = {
  name: 'episode_manager',
  create(context: NodeContext<Parameters>) {
    const manager = new EpisodeManager(context);
    const { node } = context;
    node.subscription('task_state', 'graft_msgs/msg/TaskState', 'reliable', (state) =>
      manager.taskState(state),
    );
    node.subscription(
      'observation',
      'graft_msgs/msg/Observation',
      'reliable',
      ({ header, episode_id, step }) => manager.observed(header.stamp, episode_id, step),
    );
    node.subscription('executed_step', 'graft_msgs/msg/ExecutedStep', 'history', ({ policy_version }) => {
      manager.policyVersion = Number(policy_version);
    });
    node.subscription('reward', 'graft_msgs/msg/Reward', 'history', (reward) => manager.opinion(reward));
    node.subscription('step_ack', 'graft_msgs/msg/StepAck', 'reliable', (ack) => manager.acknowledged(ack));
    node.service('label_episode', 'graft_msgs/srv/LabelEpisode', (request) => manager.label(request));
    return Promise.resolve({
      activate: () => manager.activate(),
    });
  },
};

class EpisodeManager {
  policyVersion = 0;
  readonly #task;
  readonly #publisher;
  readonly #labels;
  readonly #reset;
  readonly #streak: DoneStreak;
  readonly #beginning = performance.now();
  /** Ids must not repeat in a run that is resumed: bags of both parts are read together. */
  readonly #prefix = Date.now().toString(36);
  #session: Session = newSession;
  #running: Running | undefined;
  #lastEpisode = '';
  /** Ids of the episodes that ended in this session. */
  readonly #past = new Set<string>();
  #lastStep = 0;
  /** Id of the last episode whose end the learner acknowledged. */
  #acknowledged = '';
  #signs: TaskState | undefined;
  #observed: { readonly stamp: Time; readonly step: number } | undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    const { node, parameters } = context;
    this.#task = findTask(parameters.values.task);
    this.#publisher = node.publisher('episode', 'graft_msgs/msg/Episode', 'latched');
    this.#labels = node.publisher('label', 'graft_msgs/msg/Label', 'history');
    this.#streak = new DoneStreak(parameters.values.success_opinions);
    this.#reset = node.client('reset_task', 'graft_msgs/srv/ResetTask');
  }

  /** Takes up the session that the log file tells of, if any, and begins with the first episode. */
  activate(): void {
    const { log_file } = this.context.parameters.values;
    for (const { outcome, terminated, truncated, steps } of log_file === '' ? [] : readEpisodes(log_file)) {
      this.#session = afterEpisode(this.#session, { outcome, terminated, truncated }, steps);
    }
    this.context.node.guard('first episode', () => this.#start());
  }

  taskState(state: TaskState): Promise<void> {
    this.#signs = state;
    return this.#decide();
  }

  acknowledged({ participant, episode_id, step }: StepAck): void {
    const { learner } = this.context.parameters.values;
    if (participant === learner && episode_id === this.#lastEpisode && step === this.#lastStep)
      this.#acknowledged = episode_id;
  }

  observed(stamp: Time, episode_id: string, step: number): Promise<void> {
    if (episode_id !== this.#running?.id) return Promise.resolve();
    this.#observed = { stamp, step };
    return this.#decide();
  }

  /** A critic may end an episode as a success, at the step that its opinions are about, if `success_critic` names it. */
  async opinion(reward: Reward): Promise<void> {
    const { success_critic } = this.context.parameters.values;
    if (reward.critic !== success_critic || reward.episode_id !== this.#running?.id) return;
    const step = this.#streak.hear(reward);
    if (step === undefined || step === 0) return;
    this.context.node.logger.info(
      `${reward.episode_id}: ${reward.critic} says that step ${step} is a success`,
    );
    await this.#end(endingOfLabel('success'), step);
  }

  /** A person's verdict: ends the episode if it is running, and is published for whoever learns from it. */
  async label(request: LabelEpisodeRequest): Promise<LabelEpisodeResponse> {
    const running = this.#running;
    const { outcome, grade, note } = request;
    const refused = (message: string): LabelEpisodeResponse => ({ success: false, message });
    const id = request.episode_id !== '' ? request.episode_id : (running?.id ?? this.#lastEpisode);
    const verdict = (Object.keys(outcomes) as Outcome[]).find((name) => outcomes[name] === outcome);
    if (verdict === undefined) return refused(`${outcome} is not an outcome of graft_msgs/Episode`);
    if (grade > bestGrade) return refused(`grade ${grade}: expected 1 to ${bestGrade}, or 0 for none`);
    if (id === '') return refused('no episode is running');
    if (id !== running?.id && !this.#past.has(id)) return refused(`${id} is no episode of this session`);
    if (id === running?.id && this.#observed === undefined) return refused('the episode has only begun');
    this.context.node.logger.info(`${id} labelled ${verdict}${note === '' ? '' : `: ${note}`}`);
    const header = { stamp: this.context.node.now(), frame_id: '' };
    this.#labels.publish({ header, episode_id: id, outcome, grade, note });
    if (id === running?.id && this.#observed !== undefined)
      await this.#end(endingOfLabel(verdict), this.#observed.step);
    return { success: true, message: id };
  }

  async #start(): Promise<void> {
    const { wait_for, wait_for_reward, wait_timeout } = this.context.parameters.values;
    try {
      const others = wait_for_reward ? [...wait_for, 'progress_reward'] : wait_for;
      await waitForActive(this.context, others, wait_timeout);
      await this.#next();
    } catch (error) {
      this.context.requestStop(error as Error);
    }
  }

  async #next(): Promise<void> {
    const { parameters, node, requestStop, diagnostics, stopping } = this.context;
    if (isOver(this.#session, parameters.values)) {
      await this.#learnerHasAll();
      node.logger.info(
        `session over: ${this.#session.successes} of ${this.#session.episodes} episodes succeeded`,
      );
      requestStop();
      return;
    }
    const { kind } = parameters.values;
    const seed = nextSeed(this.#session, parameters.values);
    const id = `${kind}-${this.#prefix}-${String(this.#session.episodes).padStart(6, '0')}`;
    this.#observed = undefined;
    const stamp = await this.#resetTask(seed, id);
    if (stamp === undefined || stopping.aborted) return;
    this.#running = { id, seed, start_stamp: stamp };
    this.#publish(this.#running, Episode.PHASE_RUNNING, 0, {
      outcome: 'unknown',
      terminated: false,
      truncated: false,
    });
    diagnostics.set('episode', 'OK', `running ${id}`, { seed, ...this.#session });
  }

  /** The learner acknowledges the end of the last episode once it has learned from it and saved what it learned. */
  async #learnerHasAll(): Promise<void> {
    const { stopping, parameters } = this.context;
    const hasAll = (): boolean =>
      parameters.values.learner === '' || this.#acknowledged === this.#lastEpisode;
    await waitUntil(hasAll, { timeout: learnerTimeout, stopping });
  }

  /** Asks until the robot or simulator is reset: nothing else can be done without. */
  async #resetTask(seed: number, episode_id: string): Promise<Time | undefined> {
    while (!this.context.stopping.aborted) {
      try {
        const { success, message, stamp } = await this.#reset.call(
          { seed: BigInt(seed), episode_id },
          { timeout_ms: 10000 },
        );
        if (success) return stamp;
        throw new Error(`reset_task refused: ${message}`);
      } catch (error) {
        if (!(error instanceof ServiceTimeoutError)) throw error;
        this.context.diagnostics.set('episode', 'WARN', error.message);
      }
    }
    return undefined;
  }

  /** In lockstep an observation is judged by the task state of the same stamp, in realtime by the newest one. */
  async #decide(): Promise<void> {
    const [running, observed, signs] = [this.#running, this.#observed, this.#signs];
    if (!this.context.isActive() || running === undefined || observed === undefined) return;
    const { clock } = this.context.parameters.values;
    const own = signs?.episode_id === running.id ? signs : undefined;
    if (clock === 'lockstep' && (own === undefined || !sameTime(own.header.stamp, observed.stamp))) return;
    const ending = endingAt(
      observed.step,
      this.#task.horizon_steps,
      own ?? { success: false, failure: false },
    );
    if (ending !== undefined) await this.#end(ending, observed.step);
  }

  async #end(ending: Ending, final_step: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#lastEpisode = running.id;
    this.#past.add(running.id);
    this.#lastStep = final_step;
    this.#publish(running, Episode.PHASE_ENDED, final_step, ending);
    this.#session = afterEpisode(this.#session, ending, final_step);
    this.#log(running, ending, final_step);
    // `episode` keeps one message: the next one would replace an end that is still under way to the recorder.
    await this.#publisher.delivered(deliveryTimeout);
    await this.#next();
  }

  #publish({ id, seed, start_stamp }: Running, phase: number, final_step: number, ending: Ending): void {
    const { node, parameters } = this.context;
    this.#publisher.publish({
      header: { stamp: node.now(), frame_id: '' },
      episode_id: id,
      seed: BigInt(seed),
      task: this.#task.name,
      phase,
      kind: kinds[parameters.values.kind],
      outcome: outcomes[ending.outcome],
      terminated: ending.terminated,
      truncated: ending.truncated,
      final_step,
      start_stamp,
    });
  }

  #log({ id, seed }: Running, ending: Ending, steps: number): void {
    const { log_file, kind } = this.context.parameters.values;
    if (log_file === '') return;
    const wall_s = (performance.now() - this.#beginning) / 1000;
    const total_steps = this.#session.steps;
    appendEpisode(log_file, {
      episode_id: id,
      seed,
      kind,
      ...ending,
      steps,
      total_steps,
      wall_s,
      policy_version: this.policyVersion,
    });
  }
}
