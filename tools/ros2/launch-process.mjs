/**
 * One `node` or `executable` of a launch file as a process to start.
 */
import { basename } from 'node:path';
import { parse } from 'yaml';
import { findExecutable } from './ament-index.mjs';
import { absoluteNamespace } from './namespace.mjs';
import { LaunchError, parseTemplate, perform } from './substitution.mjs';

/**
 * @typedef {string | number | bigint | boolean | (string | number | bigint | boolean)[]} ParameterValue
 * @typedef {{file: string} | {node: string, values: Record<string, ParameterValue>}} ParameterSource either a file, or
 *   values for the node of that fully qualified name (or `/**`)
 * @typedef {object} Process
 * @property {string} label what its lines of output start with, before the number
 * @property {string[]} command program and arguments, without the parameters
 * @property {ParameterSource[]} parameters in the order in which they count
 * @property {string[]} remappings arguments that come after the parameters
 * @property {Record<string, string | undefined>} env
 * @property {string | undefined} cwd
 * @property {'screen' | 'log' | 'both'} output
 * @property {boolean} respawn
 * @property {number} respawnDelay s
 * @property {boolean} shutdownOnExit
 * @property {boolean} shell
 */

/**
 * @param {'node' | 'executable'} kind
 * @param {object} body the entity's keys
 * @param {import('./substitution.mjs').Scope} scope
 * @returns {Process}
 */
export function interpretProcess(kind, body, scope) {
  const common = readCommon(body, scope);
  const prefix = body.at('launch-prefix', () => splitCommand(body.literal('launch-prefix') ?? '', scope));
  const one = kind === 'node' ? readNode(body, scope, common) : readExecutable(body, scope, common);
  return { ...one, command: [...prefix, ...one.command] };
}

function readCommon(body, scope) {
  const onExit = body.literal('on_exit');
  if (onExit !== undefined && onExit !== 'shutdown') {
    throw new LaunchError(`${body.where}.on_exit: expected 'shutdown', got '${onExit}'`);
  }
  const output = body.text('output') ?? 'log';
  if (!['screen', 'log', 'both'].includes(output)) {
    throw new LaunchError(`${body.where}.output: expected screen, log or both, got '${output}'`);
  }
  const env = { ...scope.env };
  for (const pair of body.list('env')) {
    env[pair.needed('name')] = pair.needed('value');
    pair.finish();
  }
  return {
    env,
    cwd: body.text('cwd'),
    output,
    respawn: readRespawn(body),
    respawnDelay: body.number('respawn_delay') ?? 0,
    shutdownOnExit: onExit === 'shutdown',
    shell: false,
  };
}

function readRespawn(body) {
  const text = (body.text('respawn') ?? 'false').toLowerCase();
  if (text !== 'true' && text !== 'false') {
    throw new LaunchError(`${body.where}.respawn: expected 'true' or 'false', got '${text}'`);
  }
  return text === 'true';
}

function readExecutable(body, scope, common) {
  const command = body.at('cmd', () => splitCommand(body.literal('cmd') ?? '', scope));
  if (command.length === 0) throw new LaunchError(`${body.where}: 'cmd' is missing`);
  const label = body.text('name') ?? basename(command[0]);
  const shell = body.boolean('shell') ?? false;
  return { ...common, shell, label, command, parameters: [], remappings: [] };
}

function readNode(body, scope, common) {
  const name = body.text('name');
  const namespace = absoluteNamespace(scope.configurations.ros_namespace, body.text('namespace'));
  const executable = body.needed('exec');
  const packageName = body.text('pkg');
  const program =
    packageName === undefined
      ? executable
      : body.at('exec', () => findExecutable(packageName, executable, scope.env));
  const label = body.text('exec_name') ?? basename(executable);
  const args = body.at('args', () => splitCommand(body.literal('args') ?? '', scope));
  const rosArgs = body.at('ros_args', () => splitCommand(body.literal('ros_args') ?? '', scope));
  // As in launch_ros: only a name that is known whole can be the key of the values.
  const key =
    name !== undefined && namespace !== undefined ? `${namespace === '/' ? '' : namespace}/${name}` : '/**';
  return {
    ...common,
    label,
    command: [
      program,
      ...args,
      ...(rosArgs.length > 0 ? ['--ros-args', ...rosArgs] : []),
      '--ros-args',
      ...(name === undefined ? [] : ['-r', `__node:=${name}`]),
      ...(namespace === undefined ? [] : ['-r', `__ns:=${namespace}`]),
    ],
    parameters: body.list('param').map((param) => readParameter(param, scope, key)),
    remappings: body
      .list('remap')
      .flatMap((remap) => ['-r', `${remap.needed('from')}:=${remap.needed('to')}`]),
  };
}

function readParameter(param, scope, key) {
  const from = param.text('from');
  if (from !== undefined) {
    if (param.boolean('allow_substs') === true) {
      throw new LaunchError(
        `${param.where}.allow_substs: the embedded ros2 takes parameter files as they are`,
      );
    }
    param.finish();
    return { file: from };
  }
  const name = param.needed('name');
  const type = param.literal('type');
  const raw = param.raw('value');
  if (raw === undefined)
    throw new LaunchError(`${param.where}: 'value' is missing (nested parameters: write a file)`);
  const value = param.at('value', () => readValue(raw, type, scope));
  param.finish();
  return { node: key, values: { [name]: value } };
}

/** Text is read by the rules of YAML once its substitutions are replaced; anything else stays what it is. */
function readValue(raw, type, scope) {
  if (Array.isArray(raw)) return raw.map((item) => readValue(item, undefined, scope));
  if (typeof raw !== 'string') return raw;
  const text = perform(parseTemplate(raw), scope);
  if (type === 'str') return text;
  if (type !== undefined) throw new LaunchError(`the embedded ros2 knows the type 'str' only, got '${type}'`);
  if (text === '') return '';
  const value = parse(text, { version: '1.1', intAsBigInt: true });
  const good = (item) => ['string', 'number', 'bigint', 'boolean'].includes(typeof item);
  if (good(value) || (Array.isArray(value) && value.length > 0 && value.every(good))) return value;
  throw new LaunchError(`'${text}' is neither a scalar nor a list of scalars`);
}

const WORDS = /(\s+)|'([^']*)'|"([^"]*)"|([^\s'"]+)|(['"])/g;

/**
 * Splits a command line at spaces outside quotes; what a substitution brings is never split.
 * @param {string} text
 * @param {import('./substitution.mjs').Scope} scope
 * @returns {string[]}
 */
export function splitCommand(text, scope) {
  const words = [];
  let word;
  const add = (piece) => {
    word = (word ?? '') + piece;
  };
  const flush = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (const part of parseTemplate(text)) {
    if (typeof part !== 'string') {
      add(perform([part], scope));
      continue;
    }
    for (const [, space, single, double, plain, stray] of part.matchAll(WORDS)) {
      // The real one splits each piece of text by itself, so quotes cannot reach across a substitution.
      if (stray !== undefined) throw new LaunchError(`no closing quotation in '${part}'`);
      if (space !== undefined) flush();
      else add(single ?? double ?? plain);
    }
  }
  flush();
  return words;
}

function yamlScalar(value) {
  if (typeof value === 'string') return JSON.stringify(value);
  // A float stays one for rcl's parser: 1.0 is not the integer 1.
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 1e15) return value.toFixed(1);
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  return String(value);
}

/**
 * The text of a parameter file.
 * @param {string} node fully qualified name of the node, or `/**`
 * @param {Record<string, ParameterValue>} values
 * @returns {string}
 */
export function parameterFile(node, values) {
  const lines = Object.entries(values).map(([name, value]) => {
    const text = Array.isArray(value) ? `[${value.map(yamlScalar).join(', ')}]` : yamlScalar(value);
    return `    ${JSON.stringify(name)}: ${text}`;
  });
  return [`${JSON.stringify(node)}:`, '  ros__parameters:', ...lines, ''].join('\n');
}
