/**
 * Reads Python pickles (protocol 2) as data. A pickle is a program that may call anything; here nothing is called: what it would call is
 * handed to the reader, which knows a few names and refuses the rest.
 */

/** A name that a pickle imports. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** Tuples and lists are arrays, dictionaries are maps, integers beyond 2^53 lose their last digits. */
export type PickleValue =
  | number
  | string
  | boolean
  | null
  | PickleGlobal
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | object;

/** What stands outside the pickle. Both throw for what they do not know. */
export type PickleWorld = {
  /** the result of calling a global with positional arguments */
  call(callee: PickleValue, args: readonly PickleValue[]): PickleValue;
  /** what a persistent id means, such as a storage that lies elsewhere in the file */
  persistent(id: PickleValue): PickleValue;
};

/**
 * The value of the pickle that begins at `start`, and where it ends.
 * @throws Error for an operation that plain data does not need, a name that `world` refuses, or a pickle that is cut short
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  world: PickleWorld,
): { readonly value: PickleValue; readonly end: number } {
  const machine = new PickleMachine(bytes, start, world);
  return { value: machine.run(), end: machine.position };
}

/** Where a tuple or a run of items begins on the stack. */
const mark = Symbol('mark');
type Slot = PickleValue | typeof mark;

const text = new TextDecoder('utf-8', { fatal: true });

class PickleMachine {
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    readonly world: PickleWorld,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    for (;;) {
      const code = this.integer(1);
      if (code === stop) return this.pop();
      const operation = operations[code];
      if (operation === undefined)
        throw new Error(`pickle operation 0x${code.toString(16)} at ${this.position - 1} is refused`);
      operation(this);
    }
  }

  /** Little-endian and unsigned. */
  integer(size: 1 | 2 | 4): number {
    const at = this.#take(size);
    if (size === 1) return this.bytes[at];
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  signed(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** Two's complement, little-endian, of `size` bytes. */
  long(size: number): number {
    const at = this.#take(size);
    const value = this.bytes
      .subarray(at, at + size)
      .reduce((sum, byte, i) => sum + (BigInt(byte) << BigInt(8 * i)), 0n);
    return Number(BigInt.asIntN(8 * size, value));
  }

  string(size: number): string {
    const at = this.#take(size);
    return text.decode(this.bytes.subarray(at, at + size));
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.position);
    if (end < 0) throw new Error('the pickle is cut short');
    const line = this.string(end - this.position);
    this.position++;
    return line;
  }

  push(value: Slot): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === mark) throw new Error('the pickle takes more than it gave');
    return value;
  }

  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  /** What was pushed since the last mark. */
  popToMark(): PickleValue[] {
    const start = this.#stack.lastIndexOf(mark);
    if (start < 0) throw new Error('the pickle takes more than it gave');
    return this.#stack.splice(start).slice(1) as PickleValue[];
  }

  remember(index: number): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Error(`the pickle recalls ${index}, which it did not keep`);
    this.push(value);
  }

  #take(size: number): number {
    const at = this.position;
    if (at + size > this.bytes.length) throw new Error('the pickle is cut short');
    this.position += size;
    return at;
  }
}

type Operation = (machine: PickleMachine) => void;

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const target = machine.top();
  if (!(target instanceof Map)) throw new Error('the pickle sets items of what is not a dictionary');
  for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i], items[i + 1]);
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const target = machine.top();
  if (!Array.isArray(target)) throw new Error('the pickle appends to what is not a list');
  target.push(...items);
}

function tuple(size: number): Operation {
  return (machine) => machine.push(Array.from({ length: size }, () => machine.pop()).reverse());
}

function call(machine: PickleMachine): void {
  const args = machine.pop();
  if (!Array.isArray(args)) throw new Error('the pickle calls with what is not a tuple');
  machine.push(machine.world.call(machine.pop(), args as PickleValue[]));
}

/** STOP, which `run` sees to. */
const stop = 0x2e;

/** By their byte; names as in Python's pickletools. */
const operations: Readonly<Partial<Record<number, Operation>>> = {
  0x80: (m) => void m.integer(1), // PROTO
  0x28: (m) => m.push(mark), // MARK
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.signed()), // BININT
  0x4b: (m) => m.push(m.integer(1)), // BININT1
  0x4d: (m) => m.push(m.integer(2)), // BININT2
  0x8a: (m) => m.push(m.long(m.integer(1))), // LONG1
  0x58: (m) => m.push(m.string(m.integer(4))), // BINUNICODE
  0x29: tuple(0), // EMPTY_TUPLE
  0x85: tuple(1), // TUPLE1
  0x86: tuple(2), // TUPLE2
  0x87: tuple(3), // TUPLE3
  0x74: (m) => m.push(m.popToMark()), // TUPLE
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x7d: (m) => m.push(new Map()), // EMPTY_DICT
  0x71: (m) => m.remember(m.integer(1)), // BINPUT
  0x72: (m) => m.remember(m.integer(4)), // LONG_BINPUT
  0x68: (m) => m.recall(m.integer(1)), // BINGET
  0x6a: (m) => m.recall(m.integer(4)), // LONG_BINGET
  0x61: (m) => append(m, [m.pop()]), // APPEND
  0x65: (m) => append(m, m.popToMark()), // APPENDS
  0x73: (m) => setItems(m, [m.pop(), m.pop()].reverse()), // SETITEM
  0x75: (m) => setItems(m, m.popToMark()), // SETITEMS
  0x63: (m) => m.push(new PickleGlobal(m.line(), m.line())), // GLOBAL
  0x51: (m) => m.push(m.world.persistent(m.pop())), // BINPERSID
  0x52: call, // REDUCE
  // BUILD: attributes of the object below, which plain data has no use for.
  0x62: (m) => void m.pop(),
};
