/** Quality-of-service profiles by name: the whole graph uses only these (docs/architecture.md). */

/** The part of a ROS 2 QoS profile that rclnodejs can set; deadline, lifespan and lease stay infinite. */
export type Qos = {
  readonly history: 'keep_last' | 'keep_all';
  /** Messages kept; without meaning for `keep_all`. */
  readonly depth: number;
  readonly reliability: 'reliable' | 'best_effort';
  readonly durability: 'volatile' | 'transient_local';
};

const keepLast = (
  depth: number,
  reliability: Qos['reliability'],
  durability: Qos['durability'] = 'volatile',
): Qos => ({ history: 'keep_last', depth, reliability, durability });

/**
 * `reliable` for control, `history` for what a learner must not miss, `sensor` for cameras, `latched` for state, and
 * `latched_history` for who hears such a state and must not miss one either, when two come at once.
 */
export const qosProfiles = {
  reliable: keepLast(10, 'reliable'),
  history: keepLast(1000, 'reliable'),
  sensor: keepLast(5, 'best_effort'),
  latched: keepLast(1, 'reliable', 'transient_local'),
  latched_history: keepLast(1000, 'reliable', 'transient_local'),
} as const satisfies Record<string, Qos>;

export type QosName = keyof typeof qosProfiles;

/** A profile given by name or spelt out. */
export function qosProfile(qos: QosName | Qos): Qos {
  return typeof qos === 'string' ? qosProfiles[qos] : qos;
}
