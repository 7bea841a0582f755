/** Hands by name: `hand` is for robots that have one. */
export const handNames = ['left', 'right', 'hand'] as const;
export type HandName = (typeof handNames)[number];
