/**
 * Reads launch files: the part of ROS 2's YAML launch format that this project uses. What is read here means the same
 * to the real `ros2 launch`; what is not is refused with the file and the key.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { interpretProcess } from './launch-process.mjs';
import { prefixNamespace } from './namespace.mjs';
import { LaunchError, expand, isTrue } from './substitution.mjs';

/**
 * @typedef {import('./launch-process.mjs').Process} Process
 * @typedef {import('./substitution.mjs').Scope} Scope
 * @typedef {{name: string, description: string, default?: string, conditional: boolean}} Argument
 * @typedef {object} Launch what a launch file comes to
 * @property {Process[]} processes in the order in which they start
 * @property {Argument[]} args the arguments declared on the way
 */

/** YAML 1.1, as PyYAML reads it; whole numbers as BigInt, so that `1.0` stays a float. */
function readYaml(file) {
  try {
    return parse(readFileSync(file, 'utf8'), { version: '1.1', intAsBigInt: true });
  } catch (error) {
    throw new LaunchError(`${file}: ${error.message}`);
  }
}

/**
 * Interprets a launch file.
 * @param {string} file
 * @param {Record<string, string>} args launch arguments given from outside
 * @param {Record<string, string | undefined>} env
 * @returns {Launch}
 * @throws {LaunchError} naming the file and the key
 */
export function interpretLaunchFile(file, args, env) {
  const launch = { processes: [], args: [] };
  const path = resolve(file);
  interpretFile(path, { configurations: { ...args }, env: { ...env }, file: path }, launch, false);
  return launch;
}

/**
 * The arguments that a launch file and those it includes by a fixed name declare; nothing is started or evaluated.
 * @returns {Argument[]}
 */
export function listArguments(file, env) {
  const launch = { processes: [], args: [] };
  const path = resolve(file);
  collectArguments(
    entities(readYaml(path), path),
    { configurations: {}, env, file: path },
    launch.args,
    false,
  );
  return launch.args;
}

function collectArguments(list, scope, found, conditional) {
  for (const { kind, body } of list) {
    const maybe = conditional || body.if !== undefined || body.unless !== undefined;
    if (kind === 'arg' && !found.some(({ name }) => name === body.name)) {
      found.push({
        name: body.name,
        description: body.description ?? 'no description given',
        ...(body.default === undefined ? {} : { default: body.default }),
        conditional: maybe,
      });
    } else if (kind === 'group') {
      collectArguments(groupEntities(body, scope), scope, found, maybe);
    } else if (kind === 'include') {
      collectIncluded(body, scope, found, maybe);
    }
  }
}

function collectIncluded(body, scope, found, conditional) {
  let file;
  try {
    file = expand(body.file, scope);
  } catch {
    return; // The name depends on an argument, so what lies behind it is not known yet.
  }
  const given = new Set((body.arg ?? []).map((arg) => arg.name));
  const inner = [];
  collectArguments(entities(readYaml(file), file), { ...scope, file }, inner, conditional);
  found.push(...inner.filter(({ name }) => !given.has(name) && !found.some((other) => other.name === name)));
}

/** The entities of a file: a list under `launch`, each a mapping with one key. */
function entities(content, file) {
  const list = content?.launch;
  if (!Array.isArray(list) || Object.keys(content).length !== 1) {
    throw new LaunchError(`${file}: expected one key, 'launch', with a list`);
  }
  return list.map((entry, index) => entity(entry, `${file}: launch[${index}]`));
}

function entity(entry, where) {
  const keys = entry !== null && typeof entry === 'object' ? Object.keys(entry) : [];
  if (keys.length !== 1)
    throw new LaunchError(`${where}: expected a mapping with one key, the kind of entity`);
  const body = entry[keys[0]];
  return { kind: keys[0], body: body ?? {}, where: `${where}.${keys[0]}` };
}

function groupEntities(body, scope) {
  const list = Array.isArray(body) ? body : body.children;
  if (!Array.isArray(list)) throw new LaunchError(`${scope.file}: group: expected a list of entities`);
  return list.map((entry, index) => entity(entry, `${scope.file}: group[${index}]`));
}

function interpretFile(file, scope, launch) {
  for (const one of entities(readYaml(file), file)) interpretEntity(one, scope, launch);
}

/**
 * Reads the keys of one entity and refuses those that are left over.
 * The real format takes strings where a substitution may stand: `default: '5'`, not `default: 5`.
 */
class Body {
  constructor({ body, where }, scope) {
    this.body = body;
    this.where = where;
    this.scope = scope;
    this.read = new Set();
  }

  raw(key) {
    this.read.add(key);
    return this.body[key];
  }

  /** A string with its substitutions replaced. */
  text(key) {
    const value = this.literal(key);
    return value === undefined ? undefined : this.at(key, () => expand(value, this.scope));
  }

  /** A string as it stands. */
  literal(key) {
    const value = this.raw(key);
    if (value !== undefined && typeof value !== 'string') {
      throw new LaunchError(`${this.where}.${key}: expected a string (write '${value}' in quotes)`);
    }
    return value;
  }

  needed(key) {
    const value = this.text(key);
    if (value === undefined) throw new LaunchError(`${this.where}: '${key}' is missing`);
    return value;
  }

  number(key) {
    const value = this.raw(key);
    if (value !== undefined && typeof value !== 'number') {
      throw new LaunchError(`${this.where}.${key}: expected a number with a decimal point, got '${value}'`);
    }
    return value;
  }

  boolean(key) {
    const value = this.raw(key);
    if (value !== undefined && typeof value !== 'boolean') {
      throw new LaunchError(`${this.where}.${key}: expected true or false without quotes, got '${value}'`);
    }
    return value;
  }

  /** A list of mappings, each as a Body of its own. */
  list(key) {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (
      !Array.isArray(value) ||
      value.length === 0 ||
      value.some((item) => item === null || typeof item !== 'object')
    ) {
      throw new LaunchError(`${this.where}.${key}: expected a list of mappings`);
    }
    return value.map(
      (body, index) => new Body({ body, where: `${this.where}.${key}[${index}]` }, this.scope),
    );
  }

  /** Runs an evaluation and puts the place in front of what it complains about. */
  at(key, act) {
    try {
      return act();
    } catch (error) {
      throw new LaunchError(`${this.where}.${key}: ${error.message}`);
    }
  }

  finish() {
    const left = Object.keys(this.body).filter((key) => !this.read.has(key));
    if (left.length > 0) {
      throw new LaunchError(
        `${this.where}: the embedded ros2 does not know the key '${left.join("', '")}' here`,
      );
    }
  }
}

function holds(body) {
  const [yes, no] = [body.literal('if'), body.literal('unless')];
  if (yes !== undefined && no !== undefined) throw new LaunchError(`${body.where}: both 'if' and 'unless'`);
  if (yes !== undefined) return body.at('if', () => isTrue(expand(yes, body.scope)));
  if (no !== undefined) return body.at('unless', () => !isTrue(expand(no, body.scope)));
  return true;
}

const ACTIONS = {
  arg: interpretArgument,
  let: (body, scope) => {
    scope.configurations[body.needed('name')] = body.needed('value');
  },
  set_env: (body, scope) => {
    scope.env[body.needed('name')] = body.needed('value');
  },
  unset_env: (body, scope) => {
    delete scope.env[body.needed('name')];
  },
  push_ros_namespace: (body, scope) => {
    scope.configurations.ros_namespace = prefixNamespace(
      scope.configurations.ros_namespace,
      body.needed('namespace'),
    );
  },
  include: interpretInclude,
  node: (body, scope, launch) => launch.processes.push(interpretProcess('node', body, scope)),
  executable: (body, scope, launch) => launch.processes.push(interpretProcess('executable', body, scope)),
};

function interpretEntity(one, scope, launch) {
  if (one.kind === 'group') {
    interpretGroup(one, scope, launch);
    return;
  }
  if (!Object.hasOwn(ACTIONS, one.kind)) {
    const known = [...Object.keys(ACTIONS), 'group'].join(', ');
    throw new LaunchError(`${one.where}: the embedded ros2 does not know '${one.kind}'; it knows ${known}`);
  }
  const body = new Body(one, scope);
  if (holds(body)) {
    ACTIONS[one.kind](body, scope, launch);
    body.finish();
  }
}

function interpretArgument(body, scope, launch) {
  const name = body.literal('name');
  if (name === undefined) throw new LaunchError(`${body.where}: 'name' is missing`);
  const [given, description] = [body.literal('default'), body.literal('description')];
  const choices = body.list('choice').map((choice) => choice.literal('value'));
  launch.args.push({
    name,
    description: description ?? '',
    ...(given === undefined ? {} : { default: given }),
  });
  if (scope.configurations[name] === undefined) {
    if (given === undefined) {
      const text = description === undefined ? '' : ` (${description})`;
      throw new LaunchError(
        `${body.where}: the launch argument '${name}'${text} is missing: give ${name}:=VALUE`,
      );
    }
    scope.configurations[name] = body.at('default', () => expand(given, scope));
  }
  if (choices.length > 0 && !choices.includes(scope.configurations[name])) {
    throw new LaunchError(`${body.where}: '${name}' must be one of ${choices.join(', ')}`);
  }
}

/** As in the real one, an include is no scope of its own: its arguments stay set behind it unless a group holds it. */
function interpretInclude(body, scope, launch) {
  const file = resolve(body.needed('file'));
  for (const arg of body.list('arg')) {
    scope.configurations[arg.needed('name')] = arg.needed('value');
    arg.finish();
  }
  const from = scope.file;
  scope.file = file;
  interpretFile(file, scope, launch);
  scope.file = from;
}

function interpretGroup(one, scope, launch) {
  let scoped = true;
  if (!Array.isArray(one.body)) {
    const body = new Body(one, scope);
    body.raw('children');
    scoped = body.boolean('scoped') ?? true;
    if (!holds(body)) return;
    body.finish();
  }
  const inner = scoped
    ? { ...scope, configurations: { ...scope.configurations }, env: { ...scope.env } }
    : scope;
  for (const each of groupEntities(one.body, scope)) interpretEntity(each, inner, launch);
}
