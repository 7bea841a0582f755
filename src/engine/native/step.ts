/** Steps of a plan before their places in memory are known. */

/** Memory of one tensor, in floats; several values may share it (a reshape is the same memory). */
export class Block {
  #host: Block | undefined;
  #place: number | undefined;

  /** @param kind state, feeds and constants have a place of their own; scratch is shared by all programs of a stepper */
  constructor(
    readonly size: number,
    readonly kind: 'state' | 'feed' | 'constant' | 'scratch',
    readonly values?: Float32Array,
  ) {}

  /** Offset in the arena. @throws Error before it is laid out */
  get place(): number {
    const place = this.#host?.place ?? this.#place;
    if (place === undefined) throw new Error('a block has no place yet');
    return place;
  }

  set place(place: number) {
    this.#place = place;
  }

  /** Whose memory this is: its own, or that of the block it has moved into. */
  get host(): Block {
    return this.#host?.host ?? this;
  }

  /** Takes the memory of `host` instead of its own. */
  moveInto(host: Block): void {
    this.#host = host;
  }
}

/** A tensor of a program. Everything is float32 here; booleans are 0 and 1. */
export type Value = { readonly shape: readonly number[]; readonly block: Block };

/**
 * How threads share an operation out: one thread alone; by heads (and by `rows` of each, where there are more threads than heads);
 * by elements. Two operations of the same kind and size give each thread the same part.
 */
export type Share =
  | { readonly by: 'one' }
  | { readonly by: 'heads'; readonly heads: number; readonly rows: string }
  | { readonly by: 'elements'; readonly size: number; readonly grain: number };

/** One operation: what it reads and writes, and its numbers once places are known. */
export type Step = {
  readonly reads: readonly Block[];
  readonly writes: readonly Block[];
  readonly share: Share;
  /** whether a result may take the place of an operand of the same size */
  readonly inPlace: boolean;
  /** a result that needs no memory of its own where nobody reads it, and the result whose memory it can use then */
  readonly spare?: readonly [result: Block, host: Block];
  /** code and fields, in the order of operations.hpp */
  readonly encode: () => number[];
};

/** Codes of operations, as `readInstruction` in plan.hpp reads them. */
export const Code = {
  dense: 0,
  denseBack: 1,
  denseInputGradient: 2,
  denseWeightGradient: 3,
  adamw: 4,
  lerp: 5,
  sumSquares: 6,
  elementwise: 7,
  reduce: 8,
} as const;

/** Elements whose squares are summed up at a time, as kPiece in operations.hpp. */
export const pieceSize = 16384;

/** Element-wise functions by their ONNX names, in the order of Function in strided.hpp. */
export const functions = [
  ...[
    'Identity',
    'Abs',
    'Neg',
    'Sign',
    'Exp',
    'Log',
    'Sqrt',
    'Tanh',
    'Relu',
    'Reciprocal',
    'Sigmoid',
    'Floor',
  ],
  ...['HardSigmoid', 'Not', 'Softplus', 'Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow', 'Greater'],
  ...['GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'And', 'Or', 'Where', 'Clip'],
];

/** Reductions by their ONNX names, in the order of Reduction in strided.hpp. */
export const reductions = ['ReduceSum', 'ReduceMean', 'ReduceMin', 'ReduceMax'];

/** An operand of a loop nest: its memory, where it begins in it, and how far each loop moves it. */
export type Strided = { readonly block: Block; readonly offset: number; readonly strides: readonly number[] };

/** Distances between neighbours along each axis of a tensor without gaps. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** Strides with which a tensor of `shape` is read as one of `wide`, by NumPy's rules. */
export function broadcastStrides(shape: readonly number[], wide: readonly number[]): number[] {
  const own = stridesOf(shape);
  const missing = wide.length - shape.length;
  return wide.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : own[axis - missing]));
}

/** A loop nest as numbers: loops of one turn are left out, neighbours that run on without a gap are one. */
export function encodeNest(sizes: readonly number[], operands: readonly Strided[]): number[] {
  const loops: { size: number; strides: number[] }[] = [];
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const strides = operands.map((operand) => operand.strides[axis]);
    const outer = loops.at(-1);
    if (outer?.strides.every((stride, o) => stride === strides[o] * size) === true)
      loops[loops.length - 1] = { size: outer.size * size, strides };
    else loops.push({ size, strides });
  });
  if (loops.length === 0) loops.push({ size: 1, strides: operands.map(() => 1) });
  return [
    operands.length,
    loops.length,
    ...loops.map(({ size }) => size),
    ...operands.flatMap(({ block, offset }, o) => [
      block.place + offset,
      ...loops.map(({ strides }) => strides[o]),
    ]),
  ];
}
