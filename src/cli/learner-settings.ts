/** Parameter files that training is started with, such as launch/config/box_cleanup.yaml. */
import { ConfigError } from '../config/config-error.js';
import { resolveParameters } from '../config/parameters.js';
import { parseYaml } from '../config/yaml-file.js';

/**
 * What a ROS parameter file says of the learner, checked against the parameter schema now and not only when its node starts.
 * @throws ConfigError if the file is no parameter file, or names a parameter of the learner that is unknown or out of range
 */
export function learnerSettings(file: string): Readonly<Record<string, unknown>> {
  const node = section(file, parseYaml(file), 'residual_learner');
  const parameters = section(file, node, 'ros__parameters', 'residual_learner');
  resolveParameters('residual_learner', parameters, file);
  return parameters;
}

/** The map under `key`. */
function section(file: string, value: unknown, key: string, parent = ''): Record<string, unknown> {
  const inner = isMap(value) ? value[key] : undefined;
  if (!isMap(inner))
    throw new ConfigError(file, parent, `expected a map with ${key}, as in launch/config/box_cleanup.yaml`);
  return inner;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
