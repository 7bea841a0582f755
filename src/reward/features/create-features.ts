/** Features by the kind that a reward file names. */
import { baseFeatures } from './base-features.js';
import {
  checkFeatures,
  type FeatureContext,
  type FeatureSettings,
  type FrameFeatures,
} from './frame-features.js';
import { efficientNetFeatures, networkFeatures } from './image-network.js';
import { pixelFeatures, stateFeatures } from './simple-features.js';

type Maker = (context: FeatureContext, settings: FeatureSettings) => FrameFeatures | Promise<FrameFeatures>;

const makers: Readonly<Record<string, Maker>> = {
  pixels: pixelFeatures,
  state: stateFeatures,
  base: baseFeatures,
  onnx: networkFeatures,
  efficientnet_lite0: efficientNetFeatures,
};

/** @throws ConfigError naming file and key if settings, files or the task's observation do not fit */
export async function createFeatures(
  context: FeatureContext,
  settings: FeatureSettings,
): Promise<FrameFeatures> {
  const complete = { ...settings };
  checkFeatures(context, complete);
  return makers[complete.kind](context, complete);
}
