import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import rosmsg from '@foxglove/rosmsg';

import { ConfigError } from '../config/config-error.js';

/** One field or constant of an interface, as @foxglove/rosmsg parses it; complex types are `pkg/msg/Name`. */
export type InterfaceField = ReturnType<typeof rosmsg.parse>[number]['definitions'][number];

/** A parsed message, `pkg/msg/Name` (or `pkg/srv/Name_Request`, `_Response`). */
export type ParsedInterface = { name: string; definitions: InterfaceField[] };

/** Everything known about one message type (or one half of a service). */
export type InterfaceDefinition = {
  /** `pkg/msg/Name`, `pkg/srv/Name_Request` or `pkg/srv/Name_Response`. */
  type: string;
  /** The definition with all it depends on: the schema encoding `ros2msg` of MCAP. */
  text: string;
  /** The type itself first, then each type it depends on. */
  parsed: ParsedInterface[];
  /** REP-2016 hash `RIHS01_...`; undefined where the distribution installs none (Humble). */
  typeHash: string | undefined;
};

type Part = { name: string; source: string; file: string };

const separator = '='.repeat(80);
const builtinTypes = new Set(
  ['bool byte char float32 float64 int8 uint8 int16 uint16 int32 uint32 int64 uint64 string wstring'].flatMap(
    (names) => names.split(' '),
  ),
);
const serviceHalf = /^(\w+)_(Request|Response)$/;

/**
 * The prefixes to search for interfaces, in order, from an environment.
 * @param environment its AMENT_PREFIX_PATH is a list separated by the platform's path delimiter.
 */
export function amentPrefixes(environment: NodeJS.ProcessEnv = process.env): string[] {
  return (environment['AMENT_PREFIX_PATH'] ?? '').split(path.delimiter).filter((prefix) => prefix !== '');
}

const cache = new Map<string, InterfaceDefinition>();

/**
 * Reads a type's `.msg` (or `.srv`) file and those of all types it uses from `share/<pkg>/{msg,srv}` of the
 * first prefix that has it. Results are cached for the life of the process.
 * @param type `pkg/msg/Name`, `pkg/Name`, `pkg/srv/Name_Request` or `pkg/srv/Name_Response`.
 * @throws ConfigError when a file is missing or does not parse; it names the type and the prefixes.
 */
export function loadDefinition(
  type: string,
  prefixes: readonly string[] = amentPrefixes(),
): InterfaceDefinition {
  const key = [type, ...prefixes].join('\n');
  const known = cache.get(key);
  if (known !== undefined) return known;
  const parts = new Map<string, Part>();
  collect(qualify(type, ''), prefixes, parts);
  const all = [...parts.values()];
  const root = all[0];
  if (root === undefined) throw new Error(`no part was read for ${type}`);
  const definition: InterfaceDefinition = {
    type: root.name,
    text: concatenate(all),
    parsed: all.map(parsePart),
    typeHash: readTypeHash(root),
  };
  cache.set(key, definition);
  return definition;
}

/** Adds a type, then what it depends on, depth first, each once. */
function collect(name: string, prefixes: readonly string[], parts: Map<string, Part>): void {
  if (parts.has(name)) return;
  const part = readPart(name, prefixes);
  parts.set(name, part);
  for (const used of usedTypes(part)) collect(used, prefixes, parts);
}

function readPart(name: string, prefixes: readonly string[]): Part {
  const [packageName, kind, typeName] = name.split('/') as [string, string, string];
  const half = kind === 'srv' ? serviceHalf.exec(typeName) : null;
  const relative = path.join('share', packageName, kind, `${half?.[1] ?? typeName}.${kind}`);
  const file = prefixes
    .map((prefix) => path.join(prefix, relative))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) {
    const searched =
      prefixes.length === 0 ? 'it is empty: source ROS 2 or run the set-up' : prefixes.join(', ');
    throw new ConfigError('AMENT_PREFIX_PATH', name, `no ${relative} in any prefix (${searched})`);
  }
  const source = readFileSync(file, 'utf8');
  if (kind !== 'srv') return { name, source, file };
  if (half === null)
    throw new ConfigError(file, name, 'a service has two messages: add _Request or _Response');
  const [request, response] = source.split(/^---[ \t]*$/m);
  if (response === undefined)
    throw new ConfigError(file, name, 'a service needs a line --- between its two halves');
  return { name, source: half[2] === 'Request' ? (request ?? '') : response, file };
}

/** Fully qualified names of the non-builtin types of a part's fields. */
function usedTypes(part: Part): string[] {
  const packageName = part.name.split('/')[0] ?? '';
  return part.source
    .split('\n')
    .map((line) => (line.replace(/#.*/, '').trim().split(/\s/)[0] ?? '').replace(/(\[.*|<=.*)$/, ''))
    .filter((token) => token !== '' && !builtinTypes.has(token))
    .map((token) => qualify(token, packageName));
}

/** `Name`, `pkg/Name` or `pkg/msg/Name` as `pkg/msg/Name`. */
function qualify(type: string, packageName: string): string {
  const words = type.split('/');
  if (words.length === 3) return type;
  if (words.length === 2) return words.join('/msg/');
  if (words.length === 1 && packageName !== '') return `${packageName}/msg/${type}`;
  throw new ConfigError('interface', type, 'expected a type name such as std_msgs/msg/Header');
}

function concatenate(parts: readonly Part[]): string {
  return parts
    .map(({ name, source }, index) =>
      index === 0 ? source : `${separator}\nMSG: ${name.replace('/msg/', '/')}\n${source}`,
    )
    .map((text) => (text.endsWith('\n') ? text : `${text}\n`))
    .join('');
}

/** Parses one part alone, so that a bare `Name` can only mean the part's own package. */
function parsePart({ name, source, file }: Part): ParsedInterface {
  const packageName = name.split('/')[0] ?? '';
  try {
    const fields = rosmsg.parse(octets(source), { ros2: true, skipTypeFixup: true })[0]?.definitions ?? [];
    return {
      name,
      definitions: fields.map((field) =>
        field.isComplex === true ? { ...field, type: qualify(field.type, packageName) } : field,
      ),
    };
  } catch (error) {
    throw new ConfigError(file, name, error instanceof Error ? error.message : String(error));
  }
}

/** ROS 2's `byte` is an octet, 0 to 255; @foxglove/rosmsg takes it for ROS 1's int8. */
function octets(source: string): string {
  return source.replace(/^([ \t]*)byte\b/gm, '$1uint8');
}

function readTypeHash({ name, file }: Part): string | undefined {
  const description = file.replace(/\.(msg|srv)$/, '.json');
  if (!existsSync(description)) return undefined;
  const content = JSON.parse(readFileSync(description, 'utf8')) as {
    type_hashes?: { type_name: string; hash_string: string }[];
  };
  return content.type_hashes?.find((entry) => entry.type_name === name)?.hash_string;
}
