/** Contacts of a simulation's present state. */
import type { Physics } from './mujoco.js';

/** Two geoms by id; `distance` is negative where they overlap, m. */
export type Contact = {
  readonly geoms: readonly [number, number];
  readonly bodies: readonly [number, number];
  readonly distance: number;
};

/** Reads all contacts, those within a margin included. Each costs microseconds, so do it once per state. */
export function contactsOf({ model, data }: Physics): Contact[] {
  const bodyOf = model.geom_bodyid as Int32Array;
  const vector = data.contact;
  const contacts: Contact[] = [];
  for (let i = 0; i < data.ncon; i++) {
    const contact = vector.get(i);
    if (contact === undefined) continue;
    const { geom1, geom2, dist: distance } = contact;
    contacts.push({ geoms: [geom1, geom2], bodies: [bodyOf[geom1], bodyOf[geom2]], distance });
    contact.delete();
  }
  vector.delete();
  return contacts;
}
