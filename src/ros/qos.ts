/** QoS profiles as rclnodejs and rosbag2 want them. */
import { qosProfile, type Qos, type QosName } from '../interfaces/qos-profiles.js';
import type { RclModule, RclQos } from './rcl-module.js';

// rmw/types.h
const history = { keep_last: 1, keep_all: 2 } as const;
const reliability = { reliable: 1, best_effort: 2 } as const;
const durability = { transient_local: 1, volatile: 2 } as const;

/** The rclnodejs object of a profile. */
export function rclQos(module: RclModule, qos: QosName | Qos): RclQos {
  const profile = qosProfile(qos);
  return new module.QoS(
    history[profile.history],
    profile.depth,
    reliability[profile.reliability],
    durability[profile.durability],
  );
}

/**
 * What a subscriber must ask for to hear every one of these publishers: best effort if any of them is, transient
 * local only if all of them are (QoS compatibility, ROS 2 documentation, "Quality of Service settings").
 * @param offered profiles of the topic's publishers; none gives `reliable`
 * @param depth messages to keep
 */
export function compatibleQos(offered: readonly Qos[], depth: number): Qos {
  const all = (test: (qos: Qos) => boolean): boolean => offered.length > 0 && offered.every(test);
  return {
    history: 'keep_last',
    depth,
    reliability: offered.some((qos) => qos.reliability === 'best_effort') ? 'best_effort' : 'reliable',
    durability: all((qos) => qos.durability === 'transient_local') ? 'transient_local' : 'volatile',
  };
}

/** A profile from rmw's numbers, as the graph reports them; unknown policies read as rmw's defaults. */
export function qosFromRmw(numbers: {
  history: number;
  depth: number;
  reliability: number;
  durability: number;
}): Qos {
  return {
    history: numbers.history === history.keep_all ? 'keep_all' : 'keep_last',
    depth: numbers.depth,
    reliability: numbers.reliability === reliability.best_effort ? 'best_effort' : 'reliable',
    durability: numbers.durability === durability.transient_local ? 'transient_local' : 'volatile',
  };
}

/** RMW_DURATION_INFINITE, as rosbag2 writes it [s, ns]. */
const infinite = '\n    sec: 9223372036\n    nsec: 854775807';

/**
 * Offered profiles as rosbag2 stores them with a topic (metadata version 9: `offered_qos_profiles`, a YAML list of
 * maps with the policies as words).
 */
export function rosbag2Qos(offered: readonly Qos[]): string {
  return offered
    .map((qos) =>
      [
        `- history: ${qos.history}`,
        `  depth: ${qos.depth}`,
        `  reliability: ${qos.reliability}`,
        `  durability: ${qos.durability}`,
        `  deadline:${infinite}`,
        `  lifespan:${infinite}`,
        '  liveliness: automatic',
        `  liveliness_lease_duration:${infinite}`,
        '  avoid_ros_namespace_conventions: false',
      ].join('\n'),
    )
    .join('\n');
}
