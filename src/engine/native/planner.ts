/** From a traced graph to a plan: steps, where results lie, and where threads have to meet. */
import type { Recorded } from '../onnx/trace.js';
import type { GraphConstant } from '../onnx/graph.js';
import type { Signature } from '../types.js';
import { dtypeOf, sizeOf } from '../values.js';
import { Block, Code, encodeNest, type Share, type Step, type Value } from './step.js';
import { NotNative, translate, type Translation } from './translate.js';

/** A program's steps, with the blocks it is fed with and gives. */
export type Planned = {
  readonly steps: readonly Step[];
  readonly feeds: ReadonlyMap<string, Block>;
  readonly constants: readonly Block[];
  /** results that are not state */
  readonly results: ReadonlyMap<string, Block>;
};

/**
 * Translates a graph whose inputs are `state` and feeds. New values of state are written where the old ones lie: at once by
 * the step that makes them if nobody reads the old ones after it, else by copies at the end.
 * @throws NotNative naming what the engine does not have
 */
export function plan(recorded: Recorded, state: ReadonlyMap<string, Block>): Planned {
  const feeds = feedBlocks(recorded.inputs, state);
  const { translation, constants } = start(recorded, new Map([...state, ...feeds]));
  for (const node of recorded.graph.nodes) translate(node, translation);
  const results = new Map<string, Block>();
  const renewed: [Block, Block][] = [];
  for (const [name, valueName] of Object.entries(recorded.outputValues)) {
    const value = translation.values.get(valueName);
    if (value === undefined) throw new NotNative('integer results');
    const old = state.get(name);
    if (old === undefined) results.set(name, value.block);
    else renewed.push([old, value.block]);
  }
  const given = new Set(results.values());
  shareSpare(translation.steps, given);
  return { steps: renew(translation.steps, renewed, given), feeds, constants, results };
}

function feedBlocks(inputs: Signature, state: ReadonlyMap<string, Block>): Map<string, Block> {
  const entries = Object.entries(inputs).filter(([name]) => !state.has(name));
  return new Map(
    entries.map(([name, spec]) => {
      if (dtypeOf(spec) === 'int32') throw new NotNative('integer inputs');
      return [name, new Block(sizeOf(spec.shape), 'feed')];
    }),
  );
}

function start(
  { graph, inputs }: Recorded,
  given: ReadonlyMap<string, Block>,
): { translation: Translation; constants: Block[] } {
  const values = new Map<string, Value>();
  const integers = new Map<string, readonly number[]>();
  const constants: Block[] = [];
  for (const [name, { shape }] of Object.entries(inputs)) {
    const block = given.get(name);
    if (block !== undefined) values.set(name, { shape, block });
  }
  for (const constant of graph.constants) {
    if (constant.dtype === 'int64') {
      integers.set(constant.name, readIntegers(constant));
      continue;
    }
    const data = readNumbers(constant);
    const block = new Block(data.length, 'constant', data);
    constants.push(block);
    values.set(constant.name, { shape: constant.shape, block });
  }
  return { translation: { values, integers, steps: [] }, constants };
}

function readIntegers({ raw }: GraphConstant): number[] {
  return Array.from(new BigInt64Array(raw.slice().buffer), Number);
}

function readNumbers({ raw, dtype }: GraphConstant): Float32Array {
  const { buffer } = raw.slice();
  if (dtype === 'float32') return new Float32Array(buffer);
  return Float32Array.from(dtype === 'bool' ? new Uint8Array(buffer) : new Int32Array(buffer));
}

/** Lets results that are new state be written to the state's place, and adds copies where that cannot be. */
function renew(
  steps: readonly Step[],
  renewed: readonly (readonly [old: Block, value: Block])[],
  results: ReadonlySet<Block>,
): Step[] {
  const copies: Step[] = [];
  for (const [old, value] of renewed) {
    const maker = steps.findIndex(({ writes }) => writes.includes(value));
    const readLater = steps.slice(maker + 1).some(({ reads }) => reads.includes(old));
    const handedOn = results.has(old) || renewed.some(([, other]) => other === old);
    const free = maker >= 0 && steps[maker].inPlace && value.host === value;
    if (free && !readLater && !handedOn) value.moveInto(old);
    else copies.push(copyStep(value, old));
  }
  // Those that read old state come before those that overwrite it.
  return [...steps, ...copies.sort((a, b) => rank(a) - rank(b))];
}

/** Results that nobody reads, and that can do without memory of their own. */
function shareSpare(steps: readonly Step[], results: ReadonlySet<Block>): void {
  const read = new Set([...steps.flatMap(({ reads }) => reads), ...results]);
  for (const { spare } of steps) if (spare !== undefined && !read.has(spare[0])) spare[0].moveInto(spare[1]);
}

const rank = ({ reads }: Step): number => (reads[0].kind === 'state' ? 0 : 1);

function copyStep(from: Block, to: Block): Step {
  const size = [from.size];
  const operands = [to, from].map((block) => ({ block, offset: 0, strides: [1] }));
  return {
    reads: [from],
    writes: [to],
    share: { by: 'one' },
    inPlace: false,
    encode: () => [Code.elementwise, 0, ...encodeNest(size, operands)],
  };
}

/** Why threads meet before a step: not at all, only where they share rows rather than heads, in any case. */
const Meeting = { none: 0, unlessHeads: 1, always: 2 } as const;

type Use = { readonly block: Block; readonly share: Share; readonly write: boolean };

/** The numbers of a plan whose blocks have their places. Threads meet where one would touch what another may still be at. */
export function encodePlan(steps: readonly Step[]): Float64Array {
  const numbers: number[] = [];
  let uses: Use[] = [];
  for (const { reads, writes, share, encode } of steps) {
    const own: Use[] = [
      ...reads.map(({ host }) => ({ block: host, share, write: false })),
      ...writes.map(({ host }) => ({ block: host, share, write: true })),
    ];
    const meeting = Math.max(
      Meeting.none,
      ...own.flatMap((use) => uses.map((earlier) => conflict(use, earlier))),
    );
    if (meeting === Meeting.always) uses = [];
    uses.push(...own);
    numbers.push(meeting, ...encode());
  }
  return Float64Array.from(numbers);
}

function conflict(a: Use, b: Use): number {
  if (!a.write && !b.write) return Meeting.none;
  const [from, to] = [a.block.place, a.block.place + a.block.size];
  if (to <= b.block.place || b.block.place + b.block.size <= from) return Meeting.none;
  const same = a.block.place === b.block.place && a.block.size === b.block.size;
  if (a.share.by === 'one' && b.share.by === 'one') return Meeting.none;
  if (a.share.by === 'elements' && b.share.by === 'elements') {
    const alike = a.share.size === b.share.size && a.share.grain === b.share.grain;
    return same && alike && a.block.size === a.share.size ? Meeting.none : Meeting.always;
  }
  if (a.share.by !== 'heads' || b.share.by !== 'heads' || a.share.heads !== b.share.heads || !same)
    return Meeting.always;
  return a.share.rows === 'batch' && b.share.rows === 'batch' ? Meeting.none : Meeting.unlessHeads;
}

/** Floats between the beginnings of two blocks are whole cache lines. */
const line = 16;
const aligned = (size: number): number => Math.ceil(size / line) * line;

/** Puts blocks one after another from `from` on. @returns the end */
export function layOut(blocks: Iterable<Block>, from: number): number {
  let end = from;
  for (const block of blocks) {
    block.place = end;
    end += aligned(block.size);
  }
  return end;
}

/** Gives scratch blocks places from `from` on: each from the step that writes it to the last that reads it. @returns the end */
export function layOutScratch({ steps, results }: Planned, from: number): number {
  const last = new Map<Block, number>();
  steps.forEach(({ reads, writes }, index) =>
    [...reads, ...writes].forEach(({ host }) => last.set(host, index)),
  );
  for (const { host } of results.values()) last.set(host, steps.length);
  let taken: { block: Block; end: number }[] = [];
  let high = from;
  const placed = new Set<Block>();
  steps.forEach(({ writes }, index) => {
    taken = taken.filter(({ block }) => (last.get(block) ?? 0) >= index);
    for (const { host: block } of writes) {
      if (block.kind !== 'scratch' || placed.has(block)) continue;
      placed.add(block);
      block.place = firstGap(taken, aligned(block.size), from);
      taken.push({ block, end: block.place + aligned(block.size) });
      taken.sort((a, b) => a.block.place - b.block.place);
      high = Math.max(high, block.place + aligned(block.size));
    }
  });
  return high;
}

function firstGap(taken: readonly { block: Block; end: number }[], size: number, from: number): number {
  let place = from;
  for (const { block, end } of taken) {
    if (block.place - place >= size) return place;
    place = Math.max(place, end);
  }
  return place;
}
