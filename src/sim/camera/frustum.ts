import { NEAR } from './view.js';
import type { View } from './view.js';

/** What a perspective view can show: the space between its four sides, beyond `NEAR`. */
export class Frustum {
  /** Five planes: inward unit normal, and minus the distance of the plane from the world's origin along it (m). */
  readonly #planes = new Float64Array(20);

  /** Takes a view of `width` x `height` samples. */
  set(view: View, width: number, height: number): void {
    const { right, down, forward, position } = view.pose;
    const { scaleX, scaleY, centreX, centreY } = view;
    const plane = (
      index: number,
      axis: Float64Array,
      share: number,
      depth: number,
      distance: number,
    ): void => {
      const at = 4 * index;
      const scale = 1 / Math.hypot(share, depth);
      let offset = -distance;
      for (let k = 0; k < 3; k++) {
        this.#planes[at + k] = scale * (share * axis[k] + depth * forward[k]);
        offset -= this.#planes[at + k] * position[k];
      }
      this.#planes[at + 3] = offset;
    };
    plane(0, right, scaleX, centreX, 0);
    plane(1, right, -scaleX, width - centreX, 0);
    plane(2, down, scaleY, centreY, 0);
    plane(3, down, -scaleY, height - centreY, 0);
    plane(4, forward, 0, 1, NEAR);
  }

  /**
   * Whether a ball of `radius` (m) about point `at` of `points` (n, 3) may touch this space on its way along `sweep` (m);
   * false is sure.
   */
  mayTouch(points: Float64Array, at: number, radius: number, sweep: Float64Array): boolean {
    const planes = this.#planes;
    const x = points[3 * at];
    const y = points[3 * at + 1];
    const z = points[3 * at + 2];
    for (let p = 0; p < 20; p += 4) {
      const start = planes[p] * x + planes[p + 1] * y + planes[p + 2] * z + planes[p + 3];
      const gain = planes[p] * sweep[0] + planes[p + 1] * sweep[1] + planes[p + 2] * sweep[2];
      if (start < -radius && start + gain < -radius) return false;
    }
    return true;
  }
}
