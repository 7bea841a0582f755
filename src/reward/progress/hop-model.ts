/** The part of the pairwise critic's model that looks at pairs of moments. */
import { ConfigError } from '../../config/config-error.js';
import type { CompileOptions, OnnxModel, ShapedValues } from '../../engine/index.js';
import { loadModel } from './frame-model.js';
import type { ProgressFiles } from './manifest.js';

/** Its file in a model's folder. */
export const hopFile = 'hops.onnx';

/** Hops by head: from each reference, and from each of the goals that the model holds. */
export type Hops = { readonly references: readonly Float32Array[]; readonly goals: readonly Float32Array[] };

export class HopModel {
  private constructor(
    private readonly model: OnnxModel,
    private readonly references: number,
    private readonly width: number,
  ) {}

  /**
   * @param references that it must take at a time
   * @throws ConfigError if the file cannot be run or takes fewer
   */
  static async load(
    files: ProgressFiles,
    references: number,
    options: CompileOptions = {},
  ): Promise<HopModel> {
    const model = await loadModel(files, hopFile, options);
    const [most, width] = (model.inputs.find(({ name }) => name === 'from')?.shape ?? []).map(Number);
    if (!(most >= references))
      throw new ConfigError(files.file, `files.${hopFile}`, `does not take ${references} moments as 'from'`);
    return new HopModel(model, most, width);
  }

  /** Hops to a moment from others, at least one. @param from @param to embeddings */
  async hops(from: readonly Float32Array[], to: Float32Array): Promise<Hops> {
    const all = new Float32Array(this.references * this.width);
    from.forEach((embedding, i) => all.set(embedding, i * this.width));
    const { hop, goal_hop } = await this.model.run({
      from: { data: all, shape: [this.references, this.width] },
      to: { data: to, shape: [1, this.width] },
    });
    const references = rows(hop).map((head) => head.subarray(0, from.length));
    return { references, goals: rows(goal_hop) };
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }
}

function rows({ data, shape: [count, length] }: ShapedValues): Float32Array[] {
  return Array.from({ length: count }, (_, i) => data.slice(i * length, (i + 1) * length));
}
