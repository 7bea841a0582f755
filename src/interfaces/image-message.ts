/** Packed pixels as sensor_msgs/Image. */
import type { Header, Image } from './graft-messages.js';

/** @param data row-major pixels without padding: three bytes each for rgb8, one for mono8 */
export function imageMessage(
  { width, height, encoding }: { readonly width: number; readonly height: number; readonly encoding: string },
  data: Uint8Array,
  header: Header,
): Image {
  return { header, height, width, encoding, is_bigendian: 0, step: data.length / height, data };
}
