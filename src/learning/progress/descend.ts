/** What the trainings of learned critics have in common: AdamW down a loss over drawn batches. */
import {
  adamwInitial,
  adamwSignature,
  adamwUpdate,
  compileSteps,
  type CompileOptions,
  type Program,
  type Signature,
  type Tensor,
  type Values,
} from '../../engine/index.js';

export type DescentSettings = {
  readonly iterations: number;
  readonly learning_rate: number;
  readonly weight_decay: number;
};

export type Descent = {
  /** of what is learned */
  readonly signature: Signature;
  readonly initial: Values;
  /** what `loss` is fed beside the parameters */
  readonly feeds: Signature;
  /** a scalar */
  readonly loss: (params: Record<string, Tensor>, feeds: Record<string, Tensor>) => Tensor;
  readonly draw: () => Promise<Values>;
};

export type TrainingProgress = {
  readonly iteration: number;
  readonly iterations: number;
  readonly loss: number;
};

/** Only a guard against a bad batch. */
const maxGradNorm = 10;

/**
 * Cosine annealing of the learning rate to 0 (Loshchilov & Hutter 2017, eq. 5).
 * @returns the trained weights and the last loss
 * @throws Error if the loss stops being finite; whatever `onProgress` throws
 */
export async function descend(
  { signature, initial, feeds, loss, draw }: Descent,
  settings: DescentSettings,
  onProgress: (progress: TrainingProgress) => void,
  options: CompileOptions,
): Promise<{ weights: Values; loss: number }> {
  const { iterations, learning_rate, weight_decay } = settings;
  const train: Program = (t) => {
    const params = Object.fromEntries(Object.keys(signature).map((name) => [name, t[name]]));
    const step = adamwUpdate('adam', params, (values) => loss(values, t), t, {
      ...{ learningRate: t.learning_rate, weightDecay: weight_decay, maxGradNorm },
    });
    return { ...step.params, ...step.state, loss: step.loss };
  };
  const stepper = await compileSteps(
    { train },
    { ...signature, ...adamwSignature('adam', signature) },
    { train: { ...feeds, learning_rate: { shape: [] } } },
    { ...initial, ...adamwInitial('adam', signature) },
    options,
  );
  try {
    let last = NaN;
    for (let iteration = 0; iteration < iterations; iteration++) {
      const batch = await draw();
      const rate = 0.5 * learning_rate * (1 + Math.cos((Math.PI * iteration) / iterations));
      last = (await stepper.step('train', { ...batch, learning_rate: Float32Array.of(rate) })).loss[0];
      if (!Number.isFinite(last)) throw new Error(`the loss is ${last} at iteration ${iteration}`);
      onProgress({ iteration: iteration + 1, iterations, loss: last });
    }
    return { weights: await stepper.read(Object.keys(signature)), loss: last };
  } finally {
    await stepper.dispose();
  }
}
