/** A critic update of the kind the learner runs, for the engine's tests: ensemble, layer norm, clipping, AdamW, Polyak. */
import {
  adamwInitial,
  adamwSignature,
  adamwUpdate,
  createRandom,
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
} from '../../src/engine/index.js';
import type { MlpShape, Program, Random, Signature, Tensor, Values } from '../../src/engine/index.js';

export type CriticCase = {
  readonly program: Program;
  readonly state: Signature;
  readonly feeds: Signature;
  readonly initial: Values;
};

/** The program of one critic update, its state and what it is fed. */
export function criticCase(shape: MlpShape, batch: number, weightDecay = 1e-2): CriticCase {
  const critic = mlpSignature('critic', shape);
  const target = mlpSignature('target', shape);
  const program = (t: Record<string, Tensor>): Record<string, Tensor> => {
    const next = tf.min(mlpForward('target', shape, t, t.next), 0);
    const y = tf.add(t.reward, tf.mul(t.discount, next));
    const params = Object.fromEntries(Object.keys(critic).map((name) => [name, t[name]]));
    const loss = (p: Record<string, Tensor>): Tensor =>
      tf.mean(tf.square(tf.sub(mlpForward('critic', shape, p, t.input), tf.expandDims(y, 0))));
    const options = { learningRate: t.rate, weightDecay, maxGradNorm: 0.5 };
    const step = adamwUpdate('adam', params, loss, t, options);
    const targets = Object.fromEntries(
      Object.entries(step.params).map(([name, value]) => {
        const old = t[name.replace('critic', 'target')];
        return [name.replace('critic', 'target'), tf.add(old, tf.mul(tf.sub(value, old), 0.01))];
      }),
    );
    return { ...step.params, ...step.state, ...targets, loss: step.loss, gradNorm: step.gradNorm };
  };
  const random = createRandom(3);
  return {
    program,
    state: { ...critic, ...target, ...adamwSignature('adam', critic) },
    feeds: {
      input: { shape: [batch, shape.inputs] },
      next: { shape: [batch, shape.inputs] },
      reward: { shape: [batch, 1] },
      discount: { shape: [batch, 1] },
      rate: { shape: [] },
    },
    initial: {
      ...mlpInitial('critic', shape, random),
      ...mlpInitial('target', shape, random),
      ...adamwInitial('adam', critic),
    },
  };
}

/** Random feeds of a signature; the learning rate is 1e-3. */
export function drawFeeds(feeds: Signature, random: Random): Values {
  const values = Object.entries(feeds).map(([name, spec]) => {
    const size = spec.shape.reduce((a, b) => a * b, 1);
    const draw = (): number => (name === 'rate' ? 1e-3 : name === 'discount' ? 0.97 : random.normal());
    return [name, Float32Array.from({ length: size }, draw)] as const;
  });
  return Object.fromEntries(values);
}
