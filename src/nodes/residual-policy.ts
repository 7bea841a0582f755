/** `residual_policy`: base action plus the learned residual. Never waits for the learner. */
import { Episode, PolicyUpdate, type Action, type Observation } from '../interfaces/graft-messages.js';
import { createRandom, type Device, type Random, type Values } from '../engine/index.js';
import { checkpointPolicy, loadCheckpoint } from '../learning/checkpoint.js';
import { combine, exploringResidual, uniformNoise, type ActingMode } from '../policy/combination.js';
import { GatedResidual, RecentShare, type GateSettings } from '../policy/gated-residual.js';
import { loadPolicyFile, manifestActionRange, type PolicyFile } from '../policy/manifest.js';
import {
  residualInput,
  residualView,
  type ResidualView,
  type ViewSetting,
} from '../policy/residual-input.js';
import { denormaliseAction, normaliseAction } from '../robot/normalisation.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';

type Parameters = {
  readonly policy: string;
  readonly checkpoint: string;
  readonly listen: boolean;
  readonly seed: number;
  readonly device: Device;
};

/** How to act now. */
type Acting = {
  readonly mode: ActingMode;
  readonly version: bigint;
  readonly settings: GateSettings;
  readonly noise: number;
};

export const residualPolicy: NodeDefinition<Parameters> = {
  name: 'residual_policy',
  create(context: NodeContext<Parameters>) {
    const { node, parameters } = context;
    const policy = new ResidualPolicy(context);
    node.subscription('observation', 'graft_msgs/msg/Observation', 'reliable', (message) =>
      policy.observed(message),
    );
    node.subscription('base_action', 'graft_msgs/msg/Action', 'reliable', (message) =>
      policy.proposed(message),
    );
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched', (message) => policy.episode(message));
    if (parameters.values.listen) {
      node.subscription('policy_update', 'graft_msgs/msg/PolicyUpdate', 'latched', (message) =>
        policy.update(message),
      );
    }
    return Promise.resolve({
      configure: () => policy.configure(),
      cleanup: () => policy.dispose(),
    });
  },
};

class ResidualPolicy {
  readonly #publisher;
  #base: PolicyFile | undefined;
  #residual: GatedResidual | undefined;
  readonly #open = new RecentShare();
  #view: ResidualView = 'state';
  #acting: Acting = {
    ...{ mode: 'base', version: 0n, noise: 0 },
    settings: { action_scale: 0, gate_deviations: 0 },
  };
  #observation: Observation | undefined;
  #proposal: Action | undefined;
  #last: Action | undefined;
  /** The episode that was begun last; its kind says whether to explore, its seed what noise comes. */
  #episodeId = '';
  #explore = false;
  #random: Random = createRandom(0);
  /** One answer at a time: noise must be drawn once per step, in order. */
  #answering: Promise<void> = Promise.resolve();
  /** Updates are applied one after the other, and not before the base policy is known. */
  #updating: Promise<void>;
  #configured: () => void = () => undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    this.#publisher = context.node.publisher('action', 'graft_msgs/msg/Action', 'reliable');
    this.#updating = new Promise((resolve) => (this.#configured = resolve));
  }

  async configure(): Promise<void> {
    const { policy, checkpoint } = this.context.parameters.values;
    if (policy !== '') this.#base = loadPolicyFile(policy);
    if (checkpoint !== '') await this.#load(checkpoint);
    this.#configured();
  }

  async #load(checkpoint: string): Promise<void> {
    const loaded = loadCheckpoint(checkpoint);
    const { progress, base_sha256 } = loaded;
    this.#requireSameBase(base_sha256);
    const { weights, view, ...settings } = checkpointPolicy(loaded);
    const version = BigInt(progress.version);
    await this.#takeOver(weights, view, { mode: 'policy', version, settings, noise: 0 });
    this.context.node.logger.info(`residual of ${checkpoint}, ${progress.steps} steps`);
  }

  async dispose(): Promise<void> {
    await this.#residual?.dispose();
    this.#residual = undefined;
  }

  /** Exploration belongs to rollouts; each episode draws its noise from its own seed. */
  episode({ episode_id, phase, kind, seed }: Episode): Promise<void> {
    if (phase !== Episode.PHASE_RUNNING) return Promise.resolve();
    this.#episodeId = episode_id;
    this.#explore = kind === Episode.KIND_ROLLOUT;
    this.#random = createRandom((Number(seed) * 7919 + this.context.parameters.values.seed + 1) % 2 ** 32);
    return this.#answer();
  }

  /** Takes new weights over between two steps; a refused update leaves the old ones in place. */
  update(message: PolicyUpdate): Promise<void> {
    this.#updating = this.#updating
      .then(() => this.#apply(message))
      .catch((error: unknown) => {
        this.context.diagnostics.set(
          'update',
          'ERROR',
          `refused version ${message.version}: ${String(error)}`,
        );
        this.context.node.logger.error(`policy update ${message.version} refused: ${String(error)}`);
      });
    return this.#updating;
  }

  observed(message: Observation): Promise<void> {
    this.#observation = message;
    return this.#answer();
  }

  proposed(message: Action): Promise<void> {
    this.#proposal = message;
    return this.#answer();
  }

  #answer(): Promise<void> {
    const answering = this.#answering.then(() => this.#tryAct());
    this.#answering = answering.catch(() => undefined);
    return answering;
  }

  async #tryAct(): Promise<void> {
    const [observation, proposal] = [this.#observation, this.#proposal];
    if (!this.context.isActive() || observation === undefined || proposal === undefined) return;
    if (observation.episode_id !== proposal.episode_id || observation.step !== proposal.step) return;
    if (observation.episode_id !== this.#episodeId) return;
    // A repeated step gets the same answer: noise is drawn once.
    if (this.#last?.episode_id === proposal.episode_id && this.#last.step === proposal.step)
      return this.#publisher.publish(this.#last);
    const action = await this.#act(observation, proposal);
    // The network may have answered after the node was deactivated.
    if (!this.context.isActive()) return;
    this.#last = action;
    this.#publisher.publish(action);
  }

  /** The base action as it is, where there is no residual or it cannot be computed. */
  async #act(observation: Observation, proposal: Action): Promise<Action> {
    const { mode, version, settings, noise } = this.#acting;
    const exploration = this.#explore ? noise : 0;
    const passes =
      this.#base === undefined ||
      proposal.source !== 'base' ||
      mode === 'base' ||
      (mode === 'warmup' && exploration === 0);
    if (passes || this.#base === undefined) return proposal;
    const range = manifestActionRange(this.#base.manifest);
    const base = normaliseAction(proposal.values, range);
    try {
      const residual =
        mode === 'warmup'
          ? uniformNoise(base.length, exploration, this.#random)
          : exploringResidual(
              await this.#direction(observation, proposal, base, settings),
              settings.action_scale,
              exploration,
              this.#random,
            );
      if (!residual.every(Number.isFinite)) throw new Error('the residual is not finite');
      const gate_open = this.#open.value.toFixed(2);
      this.context.diagnostics.set('residual', 'OK', mode, { version, gate_open });
      return {
        ...proposal,
        source: 'residual',
        features: new Float32Array(),
        policy_version: version,
        values: denormaliseAction(combine(base, residual), range),
      };
    } catch (error) {
      this.context.diagnostics.set('residual', 'ERROR', `base action only: ${String(error)}`, { version });
      return proposal;
    }
  }

  /** @param base the proposal's values, normalised @returns zeros where the critics do not hold the residual to be better */
  async #direction(
    { state, images }: Observation,
    { features, chunk_step }: Action,
    base: Float32Array,
    settings: GateSettings,
  ): Promise<Float32Array> {
    if (this.#residual === undefined || this.#base === undefined) throw new Error('there are no weights yet');
    const { manifest } = this.#base;
    const observed = { state, images: images.map(({ data }) => data) };
    const input = residualInput(observed, features, manifest, this.#view);
    const place = chunk_step / manifest.action.execute;
    const { direction, open } = await this.#residual.act(input, base, place, settings);
    this.#open.add(open);
    return direction;
  }

  async #apply(message: PolicyUpdate): Promise<void> {
    this.#requireSameBase(message.base_sha256);
    const settings = gateSettings(message);
    const weights: Values = {};
    let offset = 0;
    message.tensor_names.forEach((name, i) => {
      weights[name] = message.weights.slice(offset, offset + message.tensor_sizes[i]);
      offset += message.tensor_sizes[i];
    });
    if (offset !== message.weights.length)
      throw new Error(`${message.weights.length} weights, expected ${offset}`);
    const modes: Record<number, ActingMode> = {
      [PolicyUpdate.MODE_WARMUP]: 'warmup',
      [PolicyUpdate.MODE_POLICY]: 'policy',
    };
    await this.#takeOver(weights, message.view as ViewSetting, {
      mode: modes[message.mode] ?? 'base',
      version: message.version,
      settings,
      noise: message.noise,
    });
    this.context.diagnostics.set('update', 'OK', this.#acting.mode, { version: message.version });
  }

  /** Weights and how to act with them change together, between two steps. */
  async #takeOver(weights: Values, setting: ViewSetting, acting: Acting): Promise<void> {
    if (this.#base === undefined) throw new Error('residual_policy has no base policy (parameter policy)');
    const { manifest } = this.#base;
    const view = residualView(setting, manifest);
    let former: GatedResidual | undefined;
    if (view === this.#view && this.#residual?.fits(weights) === true) this.#residual.setWeights(weights);
    else {
      const { device } = this.context.parameters.values;
      const residual = await GatedResidual.ofWeights(manifest, view, weights, { device });
      former = this.#residual;
      this.#residual = residual;
      this.#view = view;
    }
    this.#acting = acting;
    await former?.dispose();
  }

  #requireSameBase(sha256: string): void {
    if (sha256 !== this.#base?.sha256) {
      throw new Error(
        `it belongs to base policy ${sha256}, this one is ${this.#base?.sha256 ?? 'not given'}`,
      );
    }
  }
}

/** How a learner says to act. @throws Error naming what is out of its range: no residual may be beyond its bound */
function gateSettings({ action_scale, gate_deviations, noise }: PolicyUpdate): GateSettings {
  if (!(action_scale > 0 && action_scale <= 1))
    throw new Error(`action_scale is ${action_scale}, expected more than 0 and at most 1`);
  for (const [name, value] of Object.entries({ gate_deviations, noise }))
    if (!(value >= 0)) throw new Error(`${name} is ${value}, expected 0 or more`);
  return { action_scale, gate_deviations };
}
