/** JSON Schema on one side, ROS 2 parameter types and descriptors (rcl_interfaces) on the other. */
import type { Schema } from '../config/schema.js';
import type { Rcl, RclParameter, RclParameterDescriptor } from './rcl-module.js';

/** rcl_interfaces/ParameterType. */
const types = { boolean: 1, integer: 2, number: 3, string: 4 } as const;
const arrayTypes = { boolean: 6, integer: 7, number: 8, string: 9 } as const;
const integerTypes: readonly number[] = [types.integer, arrayTypes.integer];

type Scalar = keyof typeof types;

/**
 * The ROS 2 type of a parameter.
 * @throws TypeError for a schema that no ROS 2 parameter can hold, such as an object
 */
export function parameterType(schema: Schema): number {
  if (schema.type === 'array') return arrayTypes[scalar(schema.items ?? {})];
  return types[scalar(schema)];
}

function scalar(schema: Schema): Scalar {
  const type = schema.type ?? typeof (schema.default ?? schema.enum?.[0]);
  if (type === 'boolean' || type === 'integer' || type === 'number' || type === 'string') return type;
  throw new TypeError(`a ROS 2 parameter cannot be of type ${type}`);
}

/** A value of the schema's type as an rclnodejs parameter; rclnodejs wants bigint for integers. */
export function toRclParameter(rcl: Rcl, name: string, schema: Schema, value: unknown): RclParameter {
  const type = parameterType(schema);
  const converted = integerTypes.includes(type) ? toBigInt(value) : value;
  return new rcl.module.Parameter(name, type, converted);
}

function toBigInt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toBigInt);
  return typeof value === 'number' ? BigInt(value) : value;
}

/** The plain value of a parameter: integers as numbers, typed arrays as arrays. */
export function fromRclValue(parameter: RclParameter): unknown {
  return toPlain(parameter.value);
}

function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number | bigint>, toPlain);
  }
  return value;
}

/**
 * The descriptor of a parameter: type, description with unit, range, read-only. It is for others to read; rclnodejs'
 * own checks by it are off, because they say neither what was wrong nor what was expected.
 */
export function describeParameter(rcl: Rcl, name: string, schema: Schema): RclParameterDescriptor {
  const unit = schema.unit === undefined ? '' : ` [${schema.unit}]`;
  const description = `${schema.description ?? name}${unit}`;
  const descriptor = new rcl.module.ParameterDescriptor(name, parameterType(schema), description, false);
  descriptor.additionalConstraints = constraints(schema);
  descriptor.validateParameter = (): void => undefined;
  const toMessage = descriptor.toMessage.bind(descriptor);
  const readOnly = schema.read_only === true;
  descriptor.toMessage = () => ({ ...toMessage(), read_only: readOnly, ...rangeMessage(schema) });
  return descriptor;
}

function constraints(schema: Schema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(', ')}`;
  const bounds = [
    schema.minimum === undefined ? '' : `at least ${schema.minimum}`,
    schema.exclusiveMinimum === undefined ? '' : `more than ${schema.exclusiveMinimum}`,
    schema.maximum === undefined ? '' : `at most ${schema.maximum}`,
  ];
  return bounds.filter((bound) => bound !== '').join(', ');
}

/** A range needs both ends in ROS 2; a missing one is the largest number of the type. */
function rangeMessage(schema: Schema): object {
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum;
  if (low === undefined && high === undefined) return {};
  if (schema.type === 'integer') {
    const bound = (value: number | undefined, otherwise: number): bigint =>
      BigInt(Math.round(value ?? otherwise));
    const limit = Number.MAX_SAFE_INTEGER;
    return { integer_range: [{ from_value: bound(low, -limit), to_value: bound(high, limit), step: 0n }] };
  }
  if (schema.type !== 'number') return {};
  const range = { from_value: low ?? -Number.MAX_VALUE, to_value: high ?? Number.MAX_VALUE, step: 0 };
  return { floating_point_range: [range] };
}
