/** Node parameters: declared from the JSON Schema, checked against it at start and at every later change. */
import { ConfigError } from '../config/config-error.js';
import { nearestName } from '../config/nearest.js';
import { parameterizedNodes, parameterSchema } from '../config/parameters.js';
import { checkAgainst, type Schema } from '../config/schema.js';
import type { GraftNode } from './node.js';
import {
  isWildcard,
  overrideSource,
  resolveOverrides,
  type ParameterOverride,
  type RosArguments,
} from './parameter-overrides.js';
import { describeParameter, fromRclValue, parameterType, toRclParameter } from './parameter-descriptors.js';
import type { NativeParameters, Rcl, RclParameter, RclSetResult } from './rcl-module.js';

/** Parameters that every node has besides its own. `use_sim_time` is declared by rclnodejs. */
const commonParameters: Schema = {
  type: 'object',
  properties: {
    autostart: {
      type: 'boolean',
      default: true,
      read_only: true,
      description: 'configure and activate the node as soon as it is up, without a lifecycle manager',
    },
    use_sim_time: {
      type: 'boolean',
      default: false,
      description: 'take the time from /clock instead of the host',
    },
  },
};

type CommonParameters = { readonly autostart: boolean; readonly use_sim_time: boolean };

export type ParameterValues = Readonly<Record<string, unknown>>;

/** Called after a change with all values and the names that changed. */
export type ParameterListener<P> = (values: P, changed: readonly string[]) => void;

/** What a process was told about parameters. */
export type ParameterSources = {
  readonly rules: NativeParameters;
  readonly from: RosArguments;
  /** Parameters of the process's other nodes that are not in `schemas/parameters.schema.json`. */
  readonly elsewhere?: readonly string[];
};

/**
 * The parameters of one node. `values` always holds every parameter of its schema and is replaced, never changed in
 * place, when one is set.
 */
export class NodeParameters<P extends object = ParameterValues> {
  readonly #listeners: ParameterListener<P>[] = [];
  readonly #guard: GraftNode['guard'];
  #values: P;

  constructor(
    readonly schema: Schema,
    readonly common: CommonParameters,
    values: P,
    guard: GraftNode['guard'],
  ) {
    this.#values = values;
    this.#guard = guard;
  }

  get values(): P {
    return this.#values;
  }

  /**
   * Takes part in changes at run time (`ros2 param set`). A parameter is dynamic if its schema does not say `read_only`
   * and at least one listener is there; every other change is refused.
   */
  onChange(listener: ParameterListener<P>): void {
    this.#listeners.push(listener);
  }

  /** Why a set of changes must be refused, or undefined. Common parameters are not its business. */
  refusal(name: string, changes: ParameterValues): string | undefined {
    if (Object.keys(changes).length === 0) return undefined;
    const properties = this.schema.properties ?? {};
    const fixed = Object.keys(changes).find((key) => properties[key]?.read_only === true);
    if (fixed !== undefined) return `${fixed} is read-only: it can be given at start-up only`;
    if (this.#listeners.length === 0) return `${name} reads its parameters at start-up only`;
    return problemOf(() => checkAgainst(cacheKey(name), this.schema, { ...this.#values, ...changes }, name));
  }

  /** Takes checked changes over and tells the listeners. */
  apply(changes: ParameterValues): void {
    this.#values = { ...this.#values, ...changes };
    for (const listener of this.#listeners) {
      this.#guard('parameters', () => listener(this.#values, Object.keys(changes)));
    }
  }
}

/**
 * Resolves, checks and declares a node's parameters, and guards later changes.
 * @param name of the node in the schemas; its name in the graph may have been remapped
 * @param schema `schemas/parameters.schema.json` holds it unless given
 * @throws ConfigError naming where the value came from, the key, what was expected and, for an unknown key, the
 * nearest known one.
 */
export function declareParameters<P extends object>(
  rcl: Rcl,
  node: GraftNode,
  name: string,
  sources: ParameterSources,
  schema: Schema = parameterSchema(name),
): NodeParameters<P> {
  const overrides = resolveOverrides(sources.rules, node.fullName, sources.from.commandLine);
  const own = pick(overrides, schema);
  const common = pick(overrides, commonParameters);
  for (const override of overrides.values()) {
    if (!own.has(override.name) && !common.has(override.name)) checkKnown(name, schema, override, sources);
  }
  const values = checkOverrides(name, schema, own, sources.from);
  const shared = checkOverrides('every node', commonParameters, common, sources.from) as CommonParameters;
  const parameters = new NodeParameters<P>(schema, shared, values as P, (where, run) =>
    node.guard(where, run),
  );
  declareAll(rcl, node, schema, values);
  if (!Object.hasOwn(schema.properties ?? {}, 'autostart')) {
    declareAll(
      rcl,
      node,
      { properties: { autostart: commonParameters.properties?.['autostart'] ?? {} } },
      shared,
    );
  }
  node.rclNode.setParameter(toRclParameter(rcl, 'use_sim_time', { type: 'boolean' }, shared.use_sim_time));
  node.useSimulatedTime(shared.use_sim_time);
  guardChanges(rcl, node, name, parameters);
  return parameters;
}

function pick(
  overrides: ReadonlyMap<string, ParameterOverride>,
  schema: Schema,
): Map<string, ParameterOverride> {
  return new Map([...overrides].filter(([key]) => Object.hasOwn(schema.properties ?? {}, key)));
}

/**
 * Refuses a parameter that a node does not have. A wildcard reaches other nodes, too; there, only what no node at all
 * has is a mistake.
 * @throws ConfigError with the nearest known name
 */
export function checkKnown(
  name: string,
  schema: Schema,
  override: ParameterOverride,
  sources: ParameterSources,
): void {
  const known = [...Object.keys(schema.properties ?? {}), ...Object.keys(commonParameters.properties ?? {})];
  if (known.includes(override.name)) return;
  if (isWildcard(override.pattern) && knownElsewhere(sources).has(override.name)) return;
  const near = nearestName(override.name, known);
  const hint = near === undefined ? `known parameters: ${known.join(', ')}` : `did you mean ${near}?`;
  throw new ConfigError(
    overrideSource(override, sources.from),
    override.name,
    `${name} has no such parameter; ${hint}`,
  );
}

function knownElsewhere({ elsewhere = [] }: ParameterSources): ReadonlySet<string> {
  const schemas = parameterizedNodes().map((node) => parameterSchema(node).properties ?? {});
  return new Set([...schemas.flatMap(Object.keys), ...elsewhere]);
}

const cacheKey = (name: string): string => `parameters/${name}`;

function checkOverrides(
  name: string,
  schema: Schema,
  overrides: ReadonlyMap<string, ParameterOverride>,
  from: RosArguments,
): Record<string, unknown> {
  const values = Object.fromEntries([...overrides.values()].map(({ name: key, value }) => [key, value]));
  try {
    checkAgainst(cacheKey(name), schema, values, `parameters of ${name}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const override = overrides.get(error.key.split('.')[0]) ?? overrides.get(error.key);
    if (override === undefined) throw error;
    throw new ConfigError(overrideSource(override, from), error.key, `${error.problem}, for ${name}`);
  }
  return values;
}

function declareAll(rcl: Rcl, node: GraftNode, schema: Schema, values: ParameterValues): void {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const value = values[key];
    if (value === undefined || key === 'use_sim_time') continue;
    const descriptor = describeParameter(rcl, key, property);
    node.rclNode.declareParameter(toRclParameter(rcl, key, property, value), descriptor, true);
  }
}

/** Checks come in the set-callback, which must have no effects; what follows from a change, in the post-set one. */
function guardChanges<P extends object>(
  rcl: Rcl,
  node: GraftNode,
  name: string,
  parameters: NodeParameters<P>,
): void {
  const properties = parameters.schema.properties ?? {};
  const changesOf = (changed: readonly RclParameter[]): ParameterValues =>
    Object.fromEntries(
      changed
        .filter((parameter) => Object.hasOwn(properties, parameter.name))
        .map((parameter) => [parameter.name, fromRclValue(parameter)]),
    );
  node.rclNode.addPreSetParametersCallback((changed) =>
    changed.map((parameter) => widen(rcl, properties[parameter.name], parameter)),
  );
  node.rclNode.addOnSetParametersCallback((changed): RclSetResult => {
    const changes = changesOf(changed);
    const reason = refusedAnyway(changed) ?? parameters.refusal(name, changes);
    return { successful: reason === undefined, reason: reason ?? '' };
  });
  node.rclNode.addPostSetParametersCallback((changed) => {
    const time = changed.find((parameter) => parameter.name === 'use_sim_time');
    if (time !== undefined) node.useSimulatedTime(time.value === true);
    const changes = changesOf(changed);
    if (Object.keys(changes).length > 0) parameters.apply(changes);
  });
}

/** What no node accepts; rclnodejs takes a value without a type as the wish to delete the parameter. */
function refusedAnyway(changed: readonly RclParameter[]): string | undefined {
  const deleted = changed.find((parameter) => parameter.type === 0);
  if (deleted !== undefined) return `${deleted.name} cannot be deleted`;
  const fixed = changed.some((parameter) => parameter.name === 'autostart');
  return fixed ? 'autostart is read-only: it can be given at start-up only' : undefined;
}

/** An integer given for a floating-point parameter is meant as a number (`ros2 param set node rate 2`). */
function widen(rcl: Rcl, schema: Schema | undefined, parameter: RclParameter): RclParameter {
  if (schema === undefined) return parameter;
  const value = fromRclValue(parameter);
  const fits =
    parameterType(schema) !== parameter.type &&
    (typeof value === 'number' || (Array.isArray(value) && value.every((item) => typeof item === 'number')));
  return fits ? tryParameter(rcl, schema, parameter, value) : parameter;
}

function tryParameter(rcl: Rcl, schema: Schema, parameter: RclParameter, value: unknown): RclParameter {
  try {
    return toRclParameter(rcl, parameter.name, schema, value);
  } catch {
    return parameter;
  }
}

function problemOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? `${error.key}: ${error.problem}` : String(error);
  }
}
