/** What the node `residual_learner` does from its activation on: it learns from every step that it hears, and hands policies over. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { Episode } from '../interfaces/graft-messages.js';
import { addDemonstrations, addRollout, addRollouts } from '../learning/bag-experience.js';
import { checkpointExists } from '../learning/checkpoint.js';
import type { EpisodeData } from '../learning/episode.js';
import { EpisodeStream } from '../learning/episode-stream.js';
import type { Hyperparameters } from '../learning/hyperparameters.js';
import { LearningLog } from '../learning/learning-log.js';
import { ResidualLearner } from '../learning/residual-learner.js';
import type { RewardLedger } from '../learning/reward-ledger.js';
import { StepTally, type StepId } from '../learning/step-tally.js';
import { BasePolicy } from '../policy/base-policy.js';
import type { MessageOf, NodeContext } from '../ros/index.js';
import type { ClockMode } from './clock-mode.js';
import { ControlPauses } from './control-pauses.js';
import { learnerReward, reportReward, type LearnerReward } from './learner-reward.js';
import { LiveTopics } from './live-topics.js';
import { policyUpdate } from './policy-update.js';
import { seconds } from './steady-clock.js';

export type LearnerParameters = Hyperparameters & {
  readonly policy: string;
  readonly demos: readonly string[];
  readonly rollouts: readonly string[];
  readonly run: string;
  readonly resume: 'auto' | 'require' | 'never';
  readonly seed: number;
  readonly reward: string;
  readonly clock: ClockMode;
};

/** While it works off what it owes, the learner says so this often, s, lest the simulation takes it for dead. */
const signOfLife = 0.5;

/** How long after it hears the robot the learner reads the bags, s: what is not heard is on the disk by then (flush_period). */
const recorderDelay = 1.5;

/** What a learner publishes. */
export type Said = ReturnType<typeof publishersOf>;

/** Made with the node and not with the session: who waits for acknowledgements must know their publisher before the first step. */
export function publishersOf({ node }: NodeContext<LearnerParameters>) {
  return {
    acks: node.publisher('step_ack', 'graft_msgs/msg/StepAck', 'reliable'),
    updates: node.publisher('policy_update', 'graft_msgs/msg/PolicyUpdate', 'latched'),
  };
}

/** An executed step, or the end of an episode (its final step), whose updates are owed. */
type Owed = StepId & { readonly executed: boolean };

export class LearningSession {
  readonly #stream: EpisodeStream;
  readonly #log: LearningLog;
  readonly #owed: Owed[] = [];
  /** The end of an episode of which messages are still on their way. */
  #ending: StepId | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;
  #savedAt: number;
  #lastSign = 0;
  /** Where control keeps its own time, it is left alone while it makes a command. */
  readonly #pauses: ControlPauses | undefined;

  private constructor(
    private readonly context: NodeContext<LearnerParameters>,
    private readonly learner: ResidualLearner,
    private readonly policy: BasePolicy,
    private readonly tally: StepTally,
    private readonly reward: LearnerReward | undefined,
    private readonly said: Said,
    past: ReadonlySet<string>,
  ) {
    this.#log = new LearningLog(join(context.parameters.values.run, 'metrics.jsonl'), learner.steps);
    if (context.parameters.values.clock === 'realtime')
      this.#pauses = new ControlPauses(1 / policy.manifest.control_rate_hz);
    const take = (episode: EpisodeData): void => {
      if (!past.has(episode.id)) addRollout(learner, episode, learner.steps, reward?.ledger);
    };
    this.#stream = new EpisodeStream('rollout', learner.joints, take, learner.view === 'images');
    this.#savedAt = learner.steps;
  }

  /** Fills the replay from bags and goes on from a checkpoint, or begins. @throws ConfigError if `resume` cannot be done */
  static async open(
    context: NodeContext<LearnerParameters>,
    live: LiveTopics,
    said: Said,
  ): Promise<LearningSession> {
    const { parameters, node, diagnostics } = context;
    const { policy: folder, demos, run, resume, seed, device } = parameters.values;
    const checkpoint = join(run, 'checkpoint');
    const exists = checkpointExists(checkpoint);
    if (resume === 'require' && !exists)
      throw new ConfigError(checkpoint, 'resume', 'there is no checkpoint to go on from');
    if (resume === 'never' && exists)
      throw new ConfigError(
        checkpoint,
        'resume',
        'there is a checkpoint already: give resume auto, or another run',
      );
    const policy = await BasePolicy.load(folder, { device });
    const reward = await learnerReward(parameters.values, context);
    const learner = await ResidualLearner.create({
      manifest: policy.manifest,
      base_sha256: policy.file.sha256,
      hyper: parameters.values,
      seed,
      returns: reward?.returns,
    });
    const demonstrations = await addDemonstrations(learner, policy, demos, reward?.payDemonstration);
    const tally = new StepTally();
    const past = await addPast(context, live, learner, tally, reward?.ledger);
    if (exists) learner.restore(checkpoint);
    node.logger.info(
      `${demonstrations} demonstrations, ${past.size} past episodes, ${exists ? 'checkpoint' : 'new'} at step ${learner.steps}, update ${learner.updates}`,
    );
    node.logger.info(replayMemory(learner.bytesPerTransition));
    diagnostics.set('learner', 'OK', exists ? 'resumed' : 'new', {
      steps: learner.steps,
      updates: learner.updates,
    });
    return new LearningSession(context, learner, policy, tally, reward, said, past);
  }

  /** Publishes the first policy, and works off what is owed from before. */
  async start(): Promise<void> {
    await this.#publish();
    this.#work();
  }

  executed(message: MessageOf<'graft_msgs/msg/ExecutedStep'>): void {
    this.#stream.executedStep(message);
    this.#count(this.tally.executed(message));
  }

  observed(message: MessageOf<'graft_msgs/msg/Observation'>): void {
    this.#pauses?.observed();
    this.#stream.observation(message);
    this.#count(this.tally.observed(message));
  }

  baseAction(message: MessageOf<'graft_msgs/msg/Action'>): void {
    this.#stream.baseAction(message);
  }

  episode(message: Episode): void {
    this.#stream.episode(message);
    if (message.phase !== Episode.PHASE_ENDED || message.kind === Episode.KIND_EVALUATION) return;
    this.#log.episode(message.outcome === Episode.OUTCOME_SUCCESS);
    if (this.#ending !== undefined) this.#owe({ ...this.#ending, executed: false });
    this.#ending = { episode_id: message.episode_id, step: message.final_step };
    this.#count([]);
  }

  opinion(message: MessageOf<'graft_msgs/msg/Reward'>): void {
    this.reward?.ledger.opinion(message);
  }

  label(message: MessageOf<'graft_msgs/msg/Label'>): void {
    this.reward?.ledger.label(message);
  }

  #count(steps: readonly StepId[]): void {
    for (const step of steps) this.#owe({ ...step, executed: true });
    if (this.#ending === undefined || !this.tally.isWhole(this.#ending)) return;
    this.#owe({ ...this.#ending, executed: false });
    this.#ending = undefined;
  }

  /** Ends after the update that is running, and writes a checkpoint. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    await this.#save();
  }

  async dispose(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    await this.learner.dispose();
    await this.policy.dispose();
  }

  #owe(owed: Owed): void {
    this.#owed.push(owed);
    this.#work();
  }

  /** One worker at a time. An update that fails ends the node: launch starts it again from the last checkpoint. */
  #work(): void {
    this.#working ??= this.#workOff()
      .catch((error: unknown) => {
        this.#stopped = true;
        this.context.diagnostics.set('learner', 'ERROR', String(error));
        this.context.requestStop(error as Error);
      })
      .finally(() => (this.#working = undefined));
  }

  async #workOff(): Promise<void> {
    await this.#catchUp(undefined);
    for (let owed = this.#owed.shift(); owed !== undefined && !this.#stopped; owed = this.#owed.shift()) {
      if (owed.executed) this.learner.countSteps(1);
      await this.#catchUp(owed);
      if (owed.executed) await this.#atStep();
      else if (this.learner.steps >= this.context.parameters.values.total_steps) await this.#save();
      this.#acknowledge(owed);
    }
  }

  /** Makes every update that is due. */
  async #catchUp(owed: Owed | undefined): Promise<void> {
    const { publish_period } = this.context.parameters.values;
    while (this.learner.isBehind && !this.#stopped) {
      this.reward?.ledger.repay((rollout, paid) => this.learner.pay(rollout, paid));
      const metrics = await this.learner.update(this.#pauses);
      this.#log.update(metrics);
      if (this.learner.updates % publish_period === 0) await this.#publish();
      if (seconds() - this.#lastSign > signOfLife)
        this.#acknowledge({ episode_id: owed?.episode_id ?? '', step: 0, executed: false }, 'working');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #atStep(): Promise<void> {
    const { learner } = this;
    const { checkpoint_period, warmup_steps } = this.context.parameters.values;
    if (learner.steps === warmup_steps) await this.#publish();
    if (learner.steps - this.#savedAt >= checkpoint_period) await this.#save();
    this.#log.step(learner.steps, learner.updates);
    if (this.reward !== undefined) reportReward(this.context, this.reward.ledger);
    this.context.diagnostics.set('learner', 'OK', 'learning', {
      steps: learner.steps,
      updates: learner.updates,
      behind: this.#owed.length,
    });
  }

  /** The id tells the simulation which steps are paid for; an empty one, or one it does not wait for, is a sign of life. */
  #acknowledge({ episode_id, step }: Owed, kind: 'done' | 'working' = 'done'): void {
    this.#lastSign = seconds();
    const header = { stamp: this.context.node.now(), frame_id: '' };
    this.said.acks.publish({
      header,
      participant: this.context.node.name,
      episode_id: kind === 'done' ? episode_id : '',
      step,
    });
  }

  /** What a policy takes to arrive is not known here, so it is sent at the beginning of a pause. */
  async #publish(): Promise<void> {
    await this.#pauses?.next(Infinity);
    const snapshot = await this.learner.snapshot();
    const { sha256 } = this.policy.file;
    this.said.updates.publish(policyUpdate(snapshot, this.learner.metrics, sha256, this.context.node.now()));
  }

  /** A full disk is said and survived: the last checkpoint stays, learning goes on. */
  async #save(): Promise<void> {
    const folder = join(this.context.parameters.values.run, 'checkpoint');
    try {
      await this.learner.save(folder);
      this.#savedAt = this.learner.steps;
      this.context.diagnostics.set('checkpoint', 'OK', folder, { steps: this.learner.steps });
    } catch (error) {
      this.context.diagnostics.set('checkpoint', 'ERROR', String(error));
      this.context.node.logger.error(String(error));
    }
  }
}

/**
 * Adds past rollouts of this run and counts their steps; none where no bag was recorded yet. What comes later than the bags is
 * kept by `live`.
 * @returns the episodes' ids
 */
async function addPast(
  { parameters, stopping }: NodeContext<LearnerParameters>,
  live: LiveTopics,
  learner: ResidualLearner,
  tally: StepTally,
  ledger: RewardLedger | undefined,
): Promise<ReadonlySet<string>> {
  await live.matched(stopping);
  const { rollouts, run } = parameters.values;
  if (existsSync(join(run, 'bags')))
    await new Promise((resolve) => setTimeout(resolve, recorderDelay * 1000));
  return addRollouts(learner, [...rollouts, join(run, 'bags')], tally, ledger);
}

/** What a transition takes in the replay, and 100,000 of them. @param bytes of one */
function replayMemory(bytes: number): string {
  const [one, many] = [bytes / 1e3, (bytes * 1e5) / 1e9];
  return `${one.toFixed(1)} kB per transition, 100,000 transitions ${many.toFixed(2)} GB`;
}
