/** The JSON Schemas under `schemas/`, compiled once, with errors a person can act on. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { ConfigError } from './config-error.js';
import { nearestName } from './nearest.js';
import { projectFile } from './paths.js';

/** The part of JSON Schema that this project uses. */
export type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly read_only?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
};

const ajv = new Ajv2020({
  allErrors: true,
  useDefaults: true,
  strict: true,
  allowUnionTypes: true,
  verbose: true,
});
ajv.addVocabulary(['unit', 'read_only']);
/** Schemas refer to each other by file name. */
for (const file of readdirSync(projectFile('schemas')))
  ajv.addSchema(JSON.parse(readFileSync(projectFile('schemas', file), 'utf8')) as object, file);
const validators = new Map<string, ValidateFunction>();
const schemas = new Map<string, Schema>();

/** The schema `schemas/<name>.schema.json`. */
export function loadSchema(name: string): Schema {
  let schema = schemas.get(name);
  if (schema === undefined) {
    schema = JSON.parse(readFileSync(projectFile('schemas', `${name}.schema.json`), 'utf8')) as Schema;
    schemas.set(name, schema);
  }
  return schema;
}

/**
 * Checks `value` against a schema and fills its defaults in place.
 * @param file where the value came from, for the error
 * @throws ConfigError for the first thing that does not fit: key, what was found, what was expected.
 */
export function checkAgainst(name: string, schema: Schema, value: unknown, file: string): void {
  let validate = validators.get(name);
  if (validate === undefined) {
    validate = ajv.compile(schema);
    validators.set(name, validate);
  }
  if (validate(value)) return;
  const error = validate.errors?.[0];
  if (error === undefined) throw new ConfigError(file, '', 'is not valid');
  throw new ConfigError(file, keyOf(error), explain(error));
}

function keyOf(error: ErrorObject): string {
  const path = error.instancePath.split('/').slice(1);
  const params = error.params as { additionalProperty?: string; missingProperty?: string };
  const last = params.additionalProperty ?? params.missingProperty;
  return [...path, ...(last === undefined ? [] : [last])].join('.');
}

function explain(error: ErrorObject): string {
  const params = error.params as { additionalProperty?: string; allowedValues?: unknown[] };
  if (error.keyword === 'additionalProperties') {
    const known = Object.keys((error.parentSchema as Schema).properties ?? {});
    const near = nearestName(params.additionalProperty ?? '', known);
    return `unknown key; ${near === undefined ? `known keys: ${known.join(', ')}` : `did you mean ${near}?`}`;
  }
  if (error.keyword === 'required') return 'is missing';
  const expected = params.allowedValues
    ? `must be one of ${params.allowedValues.join(', ')}`
    : (error.message ?? 'is not valid');
  return `${expected}, got ${show(error.data)}${describe(error.parentSchema as Schema)}`;
}

const shownCharacters = 120;

/** A value as the user wrote it, its beginning if it is long; JSON alone would show NaN as null. */
function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
}

function describe(schema: Schema): string {
  const unit = schema.unit === undefined ? '' : ` [${schema.unit}]`;
  return schema.description === undefined ? unit : ` (${schema.description}${unit})`;
}
