import type { MainModule, MjModel } from '@mujoco/mujoco';

/**
 * Mean colours (r, g, b in 0..1) of the textures that geoms wear, (ids, 3), 1 for a geom without one. A picture this coarse
 * shows little more of a texture, and colour times rgba is what MuJoCo's own renderer shows on average.
 */
export function textureTints(mujoco: MainModule, model: MjModel, ids: readonly number[]): Float32Array {
  const materials = model.geom_matid as Int32Array;
  const textures = model.mat_texid as Int32Array; // (nmat, roles)
  const roles = mujoco.mjtTextureRole.mjNTEXROLE.value;
  const worn = [mujoco.mjtTextureRole.mjTEXROLE_RGB.value, mujoco.mjtTextureRole.mjTEXROLE_RGBA.value];
  const tints = new Float32Array(3 * ids.length).fill(1);
  const known = new Map<number, Float32Array>();
  ids.forEach((id, index) => {
    if (materials[id] < 0) return;
    const texture = Math.max(...worn.map((role) => textures[roles * materials[id] + role]));
    if (texture < 0) return;
    const mean = known.get(texture) ?? meanColour(model, texture);
    known.set(texture, mean);
    tints.set(mean, 3 * index);
  });
  return tints;
}

/** Mean of a texture's texels; one with fewer than three channels is grey. */
function meanColour(model: MjModel, texture: number): Float32Array {
  const channels = (model.tex_nchannel as Int32Array)[texture];
  const texels = (model.tex_width as Int32Array)[texture] * (model.tex_height as Int32Array)[texture];
  const start = (model.tex_adr as Int32Array)[texture];
  const data = model.tex_data as Uint8Array;
  const sums = new Float64Array(3);
  for (let texel = 0; texel < texels; texel++) {
    for (let k = 0; k < 3; k++) sums[k] += data[start + texel * channels + (channels < 3 ? 0 : k)];
  }
  return Float32Array.from(sums, (sum) => sum / (255 * texels));
}
