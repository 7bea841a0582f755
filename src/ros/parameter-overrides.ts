/** Which parameter values of the command line and of parameter files are meant for a node: rcl's rules, pure. */
import { existsSync } from 'node:fs';
import { parseYaml } from '../config/yaml-file.js';
import type { NativeParameters } from './rcl-module.js';

/** A value given for a parameter, and how it was addressed. */
export type ParameterOverride = {
  readonly name: string;
  readonly value: unknown;
  /** The node pattern it stood under: a name, `/ns/name`, or with the wildcards `*` and `**`. */
  readonly pattern: string;
};

/**
 * Whether a node pattern of a parameter file means the node `fullName` ("/ns/name").
 * `*` stands for one token of the name, `**` for any number of them, also none (rclcpp, `parameter_map_from`).
 * A bare name, without any slash, means the node in every namespace: rclcpp would take it for the root namespace
 * only, and a robot moved into a namespace would lose its parameters without a word.
 */
export function patternMatches(pattern: string, fullName: string): boolean {
  if (!pattern.includes('/')) return isWildcard(pattern) || fullName.split('/').at(-1) === pattern;
  const tokens = pattern
    .split('/')
    .filter((token) => token !== '')
    .map((token) => (token === '**' ? '(/\\w+)*' : token === '*' ? '/\\w+' : `/${escapeExpression(token)}`));
  return new RegExp(`^${tokens.join('')}$`).test(fullName);
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Whether a pattern may mean other nodes too, so that a parameter this node does not have is no mistake. */
export function isWildcard(pattern: string): boolean {
  return pattern.includes('*');
}

/**
 * The values meant for one node, in rcl's order of precedence: the later pattern in the files wins over the earlier.
 * `-p` values are kept by rcl under `/**` wherever that stands, so one named in `commandLine` wins in any case.
 * @param rules rcl's parse of `--params-file` and `-p`
 * @param fullName of the node, after remapping
 */
export function resolveOverrides(
  rules: NativeParameters,
  fullName: string,
  commandLine: ReadonlySet<string> = new Set(),
): Map<string, ParameterOverride> {
  const resolved = new Map<string, ParameterOverride>();
  for (const { name: pattern, parameters } of rules) {
    if (!patternMatches(pattern, fullName)) continue;
    // rcl gives an empty sequence no type and no value.
    for (const { name, value = [] } of parameters) {
      if (resolved.get(name)?.pattern === '/**' && commandLine.has(name)) continue;
      resolved.set(name, { name, value, pattern });
    }
  }
  return resolved;
}

/** What of a process's arguments concerns parameters and names (rcl's own parse keeps only the outcome). */
export type RosArguments = {
  readonly parameterFiles: readonly string[];
  /** Names given by `-p name:=value` for any node of the process. */
  readonly commandLine: ReadonlySet<string>;
  /** `-r __node:=`, when given. */
  readonly nodeName: string | undefined;
  /** `-r __ns:=`, when given. */
  readonly namespace: string | undefined;
};

/** Reads the arguments between `--ros-args` and `--`. */
export function readRosArguments(argv: readonly string[]): RosArguments {
  const files: string[] = [];
  const commandLine = new Set<string>();
  const remaps = new Map<string, string>();
  let inside = false;
  for (const [i, argument] of argv.entries()) {
    if (argument === '--ros-args') inside = true;
    else if (argument === '--') inside = false;
    if (!inside || i === 0) continue;
    const option = argv[i - 1];
    const [left, ...right] = argument.split(':=');
    if (option === '--params-file') files.push(argument);
    if (right.length === 0) continue;
    if (option === '-p' || option === '--param') commandLine.add(left);
    if (option === '-r' || option === '--remap') remaps.set(left, right.join(':='));
  }
  return {
    parameterFiles: files,
    commandLine,
    nodeName: remaps.get('__node'),
    namespace: remaps.get('__ns'),
  };
}

/** Where an override was written, for an error: its file and node pattern, or the command line. */
export function overrideSource(override: ParameterOverride, from: RosArguments): string {
  const spelt = [override.name, `${override.pattern}:${override.name}`];
  if (override.pattern === '/**' && spelt.some((name) => from.commandLine.has(name)))
    return 'command line (-p)';
  const file = [...from.parameterFiles].reverse().find((name) => holds(name, override));
  return file === undefined ? `command line (${override.pattern})` : `${file} (${override.pattern})`;
}

function holds(file: string, { name, pattern }: ParameterOverride): boolean {
  if (!existsSync(file)) return false;
  const parameters = descend(parseYaml(file), [...pattern.split('/').filter(Boolean)]);
  return [pattern, `/${pattern}`, pattern.replace(/^\//, '')].some((key) => {
    const node = descend(parseYaml(file), [key]) ?? parameters;
    return descend(descend(node, ['ros__parameters']), name.split('.')) !== undefined;
  });
}

function descend(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  );
}
