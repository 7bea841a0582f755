/** `base_policy`: the frozen policy. Runs any ONNX file that has a manifest; never learns. */
import { ConfigError } from '../config/config-error.js';
import type { Action, Observation } from '../interfaces/graft-messages.js';
import type { Device } from '../engine/index.js';
import { BasePolicy } from '../policy/base-policy.js';
import { checkObservationNames, checkPolicyFitsTask } from '../policy/manifest.js';
import { checkSameImages, imagesOf } from '../robot/image-spec.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';
import { findTask, policyTask } from '../sim/task.js';

type Parameters = {
  readonly task: string;
  readonly policy: string;
  readonly device: Device;
  readonly threads: number;
};

export const basePolicy: NodeDefinition<Parameters> = {
  name: 'base_policy',
  create(context: NodeContext<Parameters>) {
    const frozen = new FrozenPolicy(context);
    context.node.subscription('observation', 'graft_msgs/msg/Observation', 'reliable', (observation) =>
      frozen.answer(observation),
    );
    return Promise.resolve({ configure: () => frozen.load(), cleanup: () => frozen.dispose() });
  },
};

class FrozenPolicy {
  readonly #publisher;
  #policy: BasePolicy | undefined;
  #last: Action | undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    this.#publisher = context.node.publisher('base_action', 'graft_msgs/msg/Action', 'history');
  }

  async load(): Promise<void> {
    const { node, diagnostics, parameters } = this.context;
    const { task, policy: folder, device, threads } = parameters.values;
    if (folder === '') {
      throw new ConfigError(
        'parameters of base_policy',
        'policy',
        'is empty, expected the folder of a policy',
      );
    }
    this.#policy = await BasePolicy.load(folder, { device, threads });
    checkPolicyFitsTask(this.#policy.file, policyTask(findTask(task)));
    const { file, sha256 } = this.#policy.file;
    node.logger.info(`frozen policy ${file}, sha256 ${sha256}`);
    diagnostics.set('policy', 'OK', 'frozen', { file, sha256 });
  }

  /** Answers an observation; a repeated one gets the same answer again: the chunk must not move on. */
  async answer(observation: Observation): Promise<void> {
    const { header, episode_id, step, state, images } = observation;
    const policy = this.#policy;
    if (!this.context.isActive() || policy === undefined) return;
    const isSame = this.#last?.episode_id === episode_id && this.#last.step === step;
    if (isSame && this.#last !== undefined) return this.#publisher.publish(this.#last);
    if (this.#last?.episode_id !== episode_id) {
      policy.reset();
      checkSender(policy, observation);
    }
    const { values, chunk_step, features } = await policy.act({
      state,
      images: images.map(({ data }) => data),
    });
    // The network may have answered after the node was deactivated.
    if (!this.context.isActive()) return;
    const joints = [...policy.manifest.action.joints];
    const identity = { header, episode_id, step, source: 'base', policy_version: 0n };
    this.#last = { ...identity, joints, values, base: values, chunk_step, features };
    this.#publisher.publish(this.#last);
  }

  async dispose(): Promise<void> {
    await this.#policy?.dispose();
    this.#policy = undefined;
  }
}

/** The observer that is running may have another task than this node. @throws ConfigError naming what differs */
function checkSender({ manifest, file }: BasePolicy, observation: Observation): void {
  const sender = 'the observer';
  checkObservationNames(file.file, manifest.observation.names, observation.names, sender);
  const expected = manifest.observation.images.map(({ image }) => image);
  checkSameImages(file.file, 'observation.images', expected, imagesOf(observation, expected), sender);
}
