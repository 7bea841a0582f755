import * as tf from '../tf.js';
import type { DType } from '../types.js';
import type { OnnxGraph } from './graph.js';
import type { Operand } from './kernel.js';
import { castTo, defineKernel, filled } from './kernel.js';

/** Times the smallest normal float, this is more than 1. */
const HUGE = 3e38;

type Emit = (graph: OnnxGraph, ...names: string[]) => string;

/** One ONNX operator of the same meaning. */
const UNARY: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Neg: 'Neg',
  Sign: 'Sign',
};

/** As above, for kernels whose result is float32 whatever comes in. */
const UNARY_FLOAT: Readonly<Record<string, string>> = {
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

const BINARY: Readonly<Record<string, Emit>> = {
  Add: (graph, a, b) => graph.node('Add', [a, b]),
  Sub: (graph, a, b) => graph.node('Sub', [a, b]),
  Multiply: (graph, a, b) => graph.node('Mul', [a, b]),
  RealDiv: (graph, a, b) => graph.node('Div', [a, b]),
  Maximum: (graph, a, b) => graph.node('Max', [a, b]),
  Minimum: (graph, a, b) => graph.node('Min', [a, b]),
  Pow: (graph, a, b) => graph.node('Pow', [a, b]),
};

const COMPARISON: Readonly<Record<string, Emit>> = {
  Greater: (graph, a, b) => graph.node('Greater', [a, b]),
  GreaterEqual: (graph, a, b) => graph.node('GreaterOrEqual', [a, b]),
  Less: (graph, a, b) => graph.node('Less', [a, b]),
  LessEqual: (graph, a, b) => graph.node('LessOrEqual', [a, b]),
  Equal: (graph, a, b) => graph.node('Equal', [a, b]),
  NotEqual: (graph, a, b) => graph.node('Not', [graph.node('Equal', [a, b])]),
};

const LOGICAL: Readonly<Record<string, string>> = { LogicalAnd: 'And', LogicalOr: 'Or' };

/** Shape of an elementwise result, by NumPy's rules, which are tfjs's. @throws Error on shapes that do not broadcast */
export function broadcastShape(a: Operand, b: Operand): number[] {
  return tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
}

/** Registers elementwise arithmetic, comparisons, logic and casts. */
export function defineElementwiseKernels(): void {
  defineUnary();
  defineComposedUnary();
  defineBinary();
  defineComposedBinary();
  defineActivations();
  defineSelection();
}

function like(operand: Operand, name: string, dtype: DType = operand.dtype): Operand {
  return { name, shape: operand.shape, dtype };
}

function unary(kernel: string, emit: Emit, dtype?: DType): void {
  defineKernel(kernel, ({ graph, operand }) => {
    const x = dtype === undefined ? operand('x') : castTo(graph, operand('x'), dtype);
    return like(x, emit(graph, x.name));
  });
}

function binary(kernel: string, emit: Emit, result?: DType): void {
  defineKernel(kernel, ({ graph, operand }) => {
    const a = operand('a');
    const b = operand('b');
    return { name: emit(graph, a.name, b.name), shape: broadcastShape(a, b), dtype: result ?? a.dtype };
  });
}

function defineUnary(): void {
  for (const [kernel, operator] of Object.entries(UNARY)) {
    unary(kernel, (graph, x) => graph.node(operator, [x]));
  }
  for (const [kernel, operator] of Object.entries(UNARY_FLOAT)) {
    unary(kernel, (graph, x) => graph.node(operator, [x]), 'float32');
  }
  defineKernel('Identity', ({ operand }) => operand('x'));
  defineKernel('LogicalNot', ({ graph, operand }) => {
    const x = castTo(graph, operand('x'), 'bool');
    return like(x, graph.node('Not', [x.name]));
  });
  defineKernel('IsNan', ({ graph, operand }) =>
    like(operand('x'), graph.node('IsNaN', [operand('x').name]), 'bool'),
  );
  defineKernel('IsInf', ({ graph, operand }) =>
    like(operand('x'), graph.node('IsInf', [operand('x').name]), 'bool'),
  );
}

function defineComposedUnary(): void {
  unary('Square', (graph, x) => graph.node('Mul', [x, x]));
  unary('Rsqrt', (graph, x) => graph.node('Reciprocal', [graph.node('Sqrt', [x])]), 'float32');
  unary('Log1p', (graph, x) => graph.node('Log', [graph.node('Add', [x, graph.scalar(1)])]), 'float32');
  unary('Expm1', (graph, x) => graph.node('Sub', [graph.node('Exp', [x]), graph.scalar(1)]), 'float32');
  defineKernel('IsFinite', ({ graph, operand }) => {
    const x = operand('x');
    const bad = graph.node('Or', [graph.node('IsNaN', [x.name]), graph.node('IsInf', [x.name])]);
    return like(x, graph.node('Not', [bad]), 'bool');
  });
  defineKernel('Cast', ({ graph, operand, attributes }) =>
    castTo(graph, operand('x'), attributes.dtype as DType),
  );
  defineKernel('ZerosLike', ({ graph, operand }) => filled(graph, operand('x').shape, 0, operand('x').dtype));
  defineKernel('OnesLike', ({ graph, operand }) => filled(graph, operand('x').shape, 1, operand('x').dtype));
}

function defineBinary(): void {
  for (const [kernel, emit] of Object.entries(BINARY)) binary(kernel, emit);
  for (const [kernel, emit] of Object.entries(COMPARISON)) {
    defineKernel(kernel, ({ graph, operand }) => {
      // ONNX orders numbers only, tfjs booleans as well.
      const [a, b] = [operand('a'), operand('b')].map((x) =>
        x.dtype === 'bool' ? castTo(graph, x, 'int32') : x,
      );
      return { name: emit(graph, a.name, b.name), shape: broadcastShape(a, b), dtype: 'bool' };
    });
  }
  for (const [kernel, operator] of Object.entries(LOGICAL)) {
    binary(kernel, (graph, a, b) => graph.node(operator, [a, b]), 'bool');
  }
}

function defineComposedBinary(): void {
  binary('SquaredDifference', (graph, a, b) => {
    const difference = graph.node('Sub', [a, b]);
    return graph.node('Mul', [difference, difference]);
  });
  defineKernel('FloorDiv', ({ graph, operand }) => {
    // ONNX divides integers towards zero, tfjs towards minus infinity.
    const [a, b] = [operand('a'), operand('b')].map((x) => castTo(graph, x, 'float32'));
    const name = graph.node('Floor', [graph.node('Div', [a.name, b.name])]);
    return castTo(graph, { name, shape: broadcastShape(a, b), dtype: 'float32' }, 'int32');
  });
  binary('Mod', (graph, a, b) => {
    const quotient = graph.node('Floor', [graph.node('Div', [a, b])]);
    return graph.node('Sub', [a, graph.node('Mul', [b, quotient])]);
  });
  defineKernel('Prelu', ({ graph, operand }) => {
    const [x, alpha] = [operand('x'), operand('alpha')];
    return like(x, graph.node('PRelu', [x.name, alpha.name]));
  });
  defineKernel('AddN', ({ graph, operands }) => {
    const terms = operands();
    return like(
      terms[0],
      terms.slice(1).reduce((sum, term) => graph.node('Add', [sum, term.name]), terms[0].name),
    );
  });
}

function defineActivations(): void {
  defineKernel('Step', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const alpha = (attributes.alpha as number | undefined) ?? 0;
    if (x.dtype === 'float32' && alpha === 0) {
      // Clip(x * huge, 0, 1) in one pass: the step function at every float that is not subnormal.
      return like(x, graph.node('HardSigmoid', [x.name], { alpha: { float: HUGE }, beta: { float: 0 } }));
    }
    const positive = graph.node('Greater', [x.name, graph.scalar(0, x.dtype)]);
    return like(x, graph.node('Where', [positive, graph.scalar(1), graph.scalar(alpha)]), 'float32');
  });
  defineKernel('Relu6', ({ graph, operand }) =>
    like(operand('x'), graph.node('Clip', [operand('x').name, graph.scalar(0), graph.scalar(6)])),
  );
  defineKernel('Elu', ({ graph, operand }) => like(operand('x'), graph.node('Elu', [operand('x').name])));
  defineKernel('EluGrad', ({ graph, operand }) => {
    // The derivative of elu in terms of its result y: 1 above zero, y + 1 below.
    const [dy, y] = [operand('dy'), operand('y')];
    const slope = graph.node('Add', [graph.node('Min', [y.name, graph.scalar(0)]), graph.scalar(1)]);
    return like(y, graph.node('Mul', [dy.name, slope]));
  });
  defineKernel('Selu', ({ graph, operand }) => like(operand('x'), graph.node('Selu', [operand('x').name])));
  defineKernel('LeakyRelu', ({ graph, operand, attributes }) =>
    like(
      operand('x'),
      graph.node('LeakyRelu', [operand('x').name], { alpha: { float: attributes.alpha as number } }),
    ),
  );
  defineKernel('ClipByValue', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const bounds = [attributes.clipValueMin, attributes.clipValueMax].map((bound) =>
      graph.scalar(bound as number, x.dtype),
    );
    return like(x, graph.node('Clip', [x.name, ...bounds]));
  });
}

function defineSelection(): void {
  defineKernel('Select', ({ graph, operand }) => {
    const [condition, t, e] = [operand('condition'), operand('t'), operand('e')];
    let name = castTo(graph, condition, 'bool').name;
    if (condition.shape.length === 1 && t.shape.length > 1) {
      // A vector condition selects whole rows.
      const shape = t.shape.map((dim, axis) => (axis === 0 ? dim : 1));
      name = graph.node('Reshape', [name, graph.integers(shape)]);
    }
    return { name: graph.node('Where', [name, t.name, e.name]), shape: t.shape, dtype: t.dtype };
  });
}
