/** Messages of a simulated camera's pictures. */
import type { CameraInfo, CompressedImage, Header, Image } from '../interfaces/graft-messages.js';
import type { CameraIntrinsics } from '../sim/camera/camera-model.js';

export type ImageSize = { readonly width: number; readonly height: number };

export function colourMessage(
  header: Header,
  { width, height }: ImageSize,
  data: Uint8Array<ArrayBuffer>,
): Image {
  return { header, height, width, encoding: 'rgb8', is_bigendian: 0, step: 3 * width, data };
}

/** `format` as compressed_image_transport writes it: encoding of the original, codec, and order of the channels in it. */
export function compressedMessage(
  header: Header,
  format: 'jpeg' | 'png',
  data: Uint8Array<ArrayBuffer>,
): CompressedImage {
  return { header, format: `rgb8; ${format} compressed bgr8`, data };
}

/**
 * Depth as REP-118 has it: 32FC1 in metres, +Infinity where nothing is (REP-117), or 16UC1 in whole millimetres, 0 where
 * nothing is or the distance does not fit.
 */
export function depthMessage(
  header: Header,
  { width, height }: ImageSize,
  encoding: '32FC1' | '16UC1',
  depth: Float32Array<ArrayBuffer>,
): Image {
  const values = encoding === '32FC1' ? depth : Uint16Array.from(depth, millimetres);
  const data = new Uint8Array(values.buffer);
  return { header, height, width, encoding, is_bigendian: 0, step: data.length / height, data };
}

function millimetres(depth: number): number {
  const value = Math.round(1000 * depth);
  return value <= 65_535 ? value : 0;
}

/** Two numbers a pixel: ids of geom and body in the model, -1 for nothing. */
export function segmentationMessage(
  header: Header,
  { width, height }: ImageSize,
  ids: Int32Array<ArrayBuffer>,
): Image {
  const data = new Uint8Array(ids.buffer);
  return { header, height, width, encoding: '32SC2', is_bigendian: 0, step: 8 * width, data };
}

/** Calibration of a camera without distortion. */
export function pinholeInfo(
  header: Header,
  { width, height }: ImageSize,
  { fx, fy, cx, cy }: CameraIntrinsics,
): CameraInfo {
  return {
    header,
    height,
    width,
    distortion_model: 'plumb_bob',
    d: new Float64Array(5),
    k: Float64Array.of(fx, 0, cx, 0, fy, cy, 0, 0, 1),
    r: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    p: Float64Array.of(fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0),
    binning_x: 0,
    binning_y: 0,
    roi: { x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false },
  };
}
