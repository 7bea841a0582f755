/** `base_policy`: the frozen policy. Runs any ONNX file that has a manifest; never learns. */
import { ConfigError } from '../config/config-error.js';
import type { Action, Observation } from '../interfaces/graft-messages.js';
import type { Device } from '../engine/index.js';
import { BasePolicy } from '../policy/base-policy.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';

type Parameters = { readonly policy: string; readonly device: Device; readonly threads: number };

export const basePolicy: NodeDefinition<Parameters> = {
  name: 'base_policy',
  create({ node, parameters, diagnostics, isActive }: NodeContext<Parameters>) {
    const publisher = node.publisher('base_action', 'graft_msgs/msg/Action', 'reliable');
    let policy: BasePolicy | undefined;
    let last: Action | undefined;

    const answer = async (observation: Observation): Promise<void> => {
      if (!isActive() || policy === undefined) return;
      const { header, episode_id, step, state, names } = observation;
      // A repeated observation gets the same answer again: the chunk must not move on.
      if (last?.episode_id === episode_id && last.step === step) return publisher.publish(last);
      if (last?.episode_id !== episode_id) {
        policy.reset();
        checkNames(policy, names);
      }
      const { values, chunk_step } = await policy.act(state);
      const joints = [...policy.manifest.action.joints];
      last = {
        header,
        episode_id,
        step,
        source: 'base',
        policy_version: 0n,
        joints,
        values,
        base: values,
        chunk_step,
      };
      publisher.publish(last);
    };

    node.subscription('observation', 'graft_msgs/msg/Observation', 'reliable', answer);
    return Promise.resolve({
      configure: async () => {
        const { policy: folder, device, threads } = parameters.values;
        if (folder === '')
          throw new ConfigError(
            'parameters of base_policy',
            'policy',
            'is empty, expected the folder of a policy',
          );
        policy = await BasePolicy.load(folder, { device, threads });
        node.logger.info(`frozen policy ${policy.file.file}, sha256 ${policy.file.sha256}`);
        diagnostics.set('policy', 'OK', 'frozen', { file: policy.file.file, sha256: policy.file.sha256 });
      },
      cleanup: async () => {
        await policy?.dispose();
        policy = undefined;
      },
    });
  },
};

/** The observer and the manifest must mean the same vector. */
function checkNames({ manifest, file }: BasePolicy, names: readonly string[]): void {
  const expected = manifest.observation.names;
  const at = expected.findIndex((name, i) => names[i] !== name);
  if (at < 0 && names.length === expected.length) return;
  const index = at < 0 ? expected.length : at;
  throw new ConfigError(
    file.file,
    `observation.names.${index}`,
    `is ${expected[index] ?? 'not there'}, the observer sends ${names[index] ?? 'nothing'}`,
  );
}
