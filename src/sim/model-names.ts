/** Names of the things in a compiled model, by id. */
import type { Physics } from './mujoco.js';

const addressFields = {
  body: 'name_bodyadr',
  joint: 'name_jntadr',
  geom: 'name_geomadr',
  site: 'name_siteadr',
  camera: 'name_camadr',
  light: 'name_lightadr',
  actuator: 'name_actuatoradr',
} as const;

/**
 * Names by id; a thing without a name is called `#id`. Read from the model's text: `mj_id2name` gives garbage for
 * things without a name, since the WebAssembly binding takes its null pointer for a string.
 */
export function modelNames({ model }: Physics, kind: keyof typeof addressFields): string[] {
  const text = Buffer.from(model.names as Int8Array);
  return Array.from(model[addressFields[kind]] as Int32Array, (address, id) => {
    const name = text.toString('utf8', address, text.indexOf(0, address));
    return name === '' ? `#${id}` : name;
  });
}
