/** `residual_learner`: replay, updates, checkpoints, weights. Never touches the robot. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { Episode, PolicyUpdate } from '../interfaces/graft-messages.js';
import { readEpisodes } from '../learning/bag-episodes.js';
import { checkpointExists } from '../learning/checkpoint.js';
import { EpisodeStream } from '../learning/episode-stream.js';
import { withBaseActions } from '../learning/experience.js';
import type { Hyperparameters } from '../learning/hyperparameters.js';
import { LearningLog } from '../learning/learning-log.js';
import { ResidualLearner } from '../learning/residual-learner.js';
import { BasePolicy } from '../policy/base-policy.js';
import type { NodeContext, NodeDefinition, Publisher } from '../ros/index.js';
import type { MessageOf } from '../ros/index.js';

type Parameters = Hyperparameters & {
  readonly policy: string;
  readonly demos: readonly string[];
  readonly rollouts: readonly string[];
  readonly run: string;
  readonly resume: 'auto' | 'require' | 'never';
  readonly seed: number;
};

/** While it works off what it owes, the learner says so this often, s, lest the simulation takes it for dead. */
const signOfLife = 0.5;

const modes = {
  base: PolicyUpdate.MODE_BASE,
  warmup: PolicyUpdate.MODE_WARMUP,
  policy: PolicyUpdate.MODE_POLICY,
} as const;

export const residualLearner: NodeDefinition<Parameters> = {
  name: 'residual_learner',
  create(context: NodeContext<Parameters>) {
    const { policy, run } = context.parameters.values;
    for (const [key, value] of Object.entries({ policy, run })) {
      if (value === '')
        throw new ConfigError('parameters of residual_learner', key, 'is empty, expected a folder');
    }
    let session: LearningSession | undefined;
    return Promise.resolve({
      configure: async () => {
        session = await LearningSession.open(context);
      },
      activate: () => session?.start(),
      deactivate: () => session?.stop(),
      cleanup: () => session?.dispose(),
      shutdown: () => session?.dispose(),
    });
  },
};

/** An executed step, or the end of an episode (its final step), whose updates are owed. */
type Owed = { readonly episode_id: string; readonly step: number; readonly executed: boolean };

class LearningSession {
  readonly #acks: Publisher<MessageOf<'graft_msgs/msg/StepAck'>>;
  readonly #updates: Publisher<MessageOf<'graft_msgs/msg/PolicyUpdate'>>;
  readonly #stream: EpisodeStream;
  readonly #log: LearningLog;
  readonly #owed: Owed[] = [];
  #working: Promise<void> | undefined;
  #stopped = false;
  #savedAt: number;
  #lastSign = 0;

  private constructor(
    private readonly context: NodeContext<Parameters>,
    private readonly learner: ResidualLearner,
    private readonly policy: BasePolicy,
  ) {
    const { node, parameters } = context;
    this.#acks = node.publisher('step_ack', 'graft_msgs/msg/StepAck', 'reliable');
    this.#updates = node.publisher('policy_update', 'graft_msgs/msg/PolicyUpdate', 'latched');
    this.#log = new LearningLog(join(parameters.values.run, 'metrics.jsonl'), learner.steps);
    this.#stream = new EpisodeStream('rollout', policy.manifest.action.joints, (episode) =>
      learner.addRollout(episode),
    );
    this.#savedAt = learner.steps;
  }

  /** Fills the replay from bags and goes on from a checkpoint, or begins. @throws ConfigError if `resume` cannot be done */
  static async open(context: NodeContext<Parameters>): Promise<LearningSession> {
    const { parameters, node, diagnostics } = context;
    const { policy: folder, demos, rollouts, run, resume, seed, device } = parameters.values;
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
    const learner = await ResidualLearner.create({
      manifest: policy.manifest,
      base_sha256: policy.file.sha256,
      hyper: parameters.values,
      seed,
    });
    const demonstrations =
      demos.length === 0 ? [] : (await readEpisodes(demos, 'demo', policy.manifest.action.joints)).episodes;
    for (const demo of demonstrations.filter(({ success }) => success))
      learner.addDemo(await withBaseActions(demo, policy));
    const bags = [...rollouts, join(run, 'bags')].filter((path) => existsSync(path));
    const past = await readPast(bags, policy);
    for (const episode of past.episodes) learner.addRollout(episode);
    learner.countSteps(past.steps);
    if (exists) learner.restore(checkpoint);
    node.logger.info(
      `${demonstrations.length} demonstrations, ${past.episodes.length} past episodes, ${exists ? 'checkpoint' : 'new'} at step ${learner.steps}, update ${learner.updates}`,
    );
    diagnostics.set('learner', 'OK', exists ? 'resumed' : 'new', {
      steps: learner.steps,
      updates: learner.updates,
    });
    return new LearningSession(context, learner, policy);
  }

  /** Listens, publishes the first policy, and works off what is owed from before. */
  async start(): Promise<void> {
    const { node } = this.context;
    const stream = this.#stream;
    const executed = node.subscription(
      'executed_step',
      'graft_msgs/msg/ExecutedStep',
      'history',
      (message) => {
        stream.executedStep(message);
        this.#owe({ episode_id: message.episode_id, step: message.step, executed: true });
      },
    );
    node.subscription('observation', 'graft_msgs/msg/Observation', 'history', (message) =>
      stream.observation(message),
    );
    node.subscription('base_action', 'graft_msgs/msg/Action', 'history', (message) =>
      stream.baseAction(message),
    );
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched', (message) => {
      stream.episode(message);
      if (message.phase !== Episode.PHASE_ENDED || message.kind === Episode.KIND_EVALUATION) return;
      this.#log.episode(message.outcome === Episode.OUTCOME_SUCCESS);
      this.#owe({ episode_id: message.episode_id, step: message.final_step, executed: false });
    });
    for (
      let waited = 0;
      executed.publisherCount === 0 && waited < 10 && !this.context.stopping.aborted;
      waited += 0.05
    ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await this.#publish();
    this.#work();
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
    const last = this.#owed.at(-1);
    if (last?.episode_id === owed.episode_id && last.step === owed.step) return;
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
      const metrics = await this.learner.update();
      this.#log.update(metrics);
      if (this.learner.updates % publish_period === 0) await this.#publish();
      if (performance.now() / 1000 - this.#lastSign > signOfLife)
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
    this.context.diagnostics.set('learner', 'OK', 'learning', {
      steps: learner.steps,
      updates: learner.updates,
      behind: this.#owed.length,
    });
  }

  /** The id tells the simulation which steps are paid for; an empty one, or one it does not wait for, is a sign of life. */
  #acknowledge({ episode_id, step }: Owed, kind: 'done' | 'working' = 'done'): void {
    this.#lastSign = performance.now() / 1000;
    const header = { stamp: this.context.node.now(), frame_id: '' };
    this.#acks.publish({
      header,
      participant: this.context.node.name,
      episode_id: kind === 'done' ? episode_id : '',
      step,
    });
  }

  async #publish(): Promise<void> {
    const { version, mode, action_scale, noise, weights } = await this.learner.snapshot();
    const tensors = Object.entries(weights);
    const total = tensors.reduce((sum, [, values]) => sum + values.length, 0);
    const flat = new Float32Array(total);
    let offset = 0;
    for (const [, values] of tensors) {
      flat.set(values, offset);
      offset += values.length;
    }
    const metrics = Object.entries(this.learner.metrics);
    this.#updates.publish({
      header: { stamp: this.context.node.now(), frame_id: '' },
      version: BigInt(version),
      base_sha256: this.policy.file.sha256,
      mode: modes[mode],
      action_scale,
      noise,
      tensor_names: tensors.map(([name]) => name),
      tensor_sizes: Uint32Array.from(tensors, ([, values]) => values.length),
      weights: flat,
      metric_names: metrics.map(([name]) => name),
      metrics: Float32Array.from(metrics, ([, value]) => value),
    });
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

/** Past rollouts of this run; none where no bag was recorded yet. */
async function readPast(folders: readonly string[], policy: BasePolicy): ReturnType<typeof readEpisodes> {
  const none = { episodes: [], steps: 0, incomplete: 0 };
  return folders.length === 0 ? none : readEpisodes(folders, 'rollout', policy.manifest.action.joints);
}
