/** Node parameters: one schema gives their defaults, their checks, their ROS descriptors and their table in the docs. */
import { ConfigError } from './config-error.js';
import { checkAgainst, loadSchema, type Schema } from './schema.js';

/** The schema of one node's parameters. @throws ConfigError for a node that the schema does not know. */
export function parameterSchema(node: string): Schema {
  const schema = loadSchema('parameters').properties?.[node];
  if (schema === undefined) throw new ConfigError('schemas/parameters.schema.json', node, 'no such node');
  return schema;
}

/** The names of all nodes that have parameters. */
export function parameterizedNodes(): string[] {
  return Object.keys(loadSchema('parameters').properties ?? {});
}

/**
 * A node's parameters: `given` checked against the schema, the rest filled with defaults.
 * @param source where they came from (a file or the command line), for the error
 */
export function resolveParameters<T>(
  node: string,
  given: Readonly<Record<string, unknown>>,
  source: string,
): T {
  const values = { ...given };
  checkAgainst(`parameters/${node}`, parameterSchema(node), values, source);
  return values as T;
}

/** The reference table of every parameter, in Markdown (`docs/parameters.md`). */
export function parameterTable(): string {
  const sections = parameterizedNodes().map((node) => {
    const rows = Object.entries(parameterSchema(node).properties ?? {}).map(([name, schema]) =>
      parameterRow(name, schema),
    );
    return [
      `## ${node}`,
      '',
      '| parameter | type | default | range | |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return [
    '# Parameters',
    '',
    'Made from `schemas/parameters.schema.json` by `npx graft docs`.',
    '',
    sections.join('\n\n'),
    '',
  ].join('\n');
}

function parameterRow(name: string, schema: Schema): string {
  const type = schema.type === 'array' ? `${schema.items?.type ?? 'any'}[]` : (schema.type ?? 'any');
  const unit = schema.unit === undefined ? '' : ` [${schema.unit}]`;
  return `| \`${name}\` | ${type} | \`${JSON.stringify(schema.default)}\`${unit} | ${range(schema)} | ${schema.description ?? ''} |`;
}

function range(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(', ');
  const low = schema.minimum ?? schema.exclusiveMinimum;
  if (low === undefined && schema.maximum === undefined) return '';
  const open = schema.exclusiveMinimum === undefined ? '[' : '(';
  return `${open}${low ?? '-inf'}, ${schema.maximum ?? 'inf'}]`;
}
